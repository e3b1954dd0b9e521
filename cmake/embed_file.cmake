# cmake -DSOURCE=… -DGENERATED=… -DSYMBOL=… -P embed_file.cmake: writes the C++ file that b24_embed promises.
file(READ ${SOURCE} hex HEX)
string(LENGTH "${hex}" digits)
math(EXPR size "${digits} / 2")
string(REGEX REPLACE "(................................)" "\\1\n" lines "${hex}")
string(REGEX REPLACE "([0-9a-f][0-9a-f])" "'\\\\x\\1'," bytes "${lines}")
file(WRITE ${GENERATED} "#include <string_view>

namespace b24gate::embedded {
namespace {
constexpr char bytes[] = {
${bytes}'\\0'};
}  // namespace
extern const std::string_view ${SYMBOL};
const std::string_view ${SYMBOL}(bytes, ${size});
}  // namespace b24gate::embedded
")
