// Bodies and queries as JSON values: urlencoded forms with PHP's brackets, multipart forms, JSON; in UTF-8 or
// windows-1251.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"
#include "json/value.hpp"

namespace b24gate::text {

struct FormLimits {
  std::size_t max_fields = 5'000;
  std::size_t max_depth = 16;  // of brackets
};

// a=1&b[c]=2&b[d][]=3&b[d][]=4 -> {"a":"1","b":{"c":"2","d":["3","4"]}}. Keys keep their order; names are
// decoded and kept as they are (no PHP renaming); a repeated plain name becomes an array; an object whose
// keys are 0..n-1 becomes an array. Bytes that are not UTF-8 are taken for windows-1251, decided once for the
// whole text. Fails with ErrorKind::limit past a bound.
Result<json::Value> parse_form(std::string_view body, const FormLimits& limits = {});

// multipart/form-data. File parts become {"filename", "content_type", "size"}: their bytes are not kept.
// Fails with ErrorKind::input when the boundary is missing or the parts are broken.
Result<json::Value> parse_multipart(std::string_view body, std::string_view content_type,
                                    const FormLimits& limits = {});

// By what the body looks like, with Content-Type as a hint only (vendors are careless): JSON when it begins
// with { or [, multipart when the header says so, else a form. An empty body gives an empty object. JSON in
// windows-1251 is recognised too. Fails when it can be read as none.
Result<json::Value> parse_body(std::string_view body, std::string_view content_type);

// "text/html; charset=windows-1251" -> "windows-1251" in lower case, empty when there is none.
std::string charset_of(std::string_view content_type);

// UTF-8 from `charset` ("" : UTF-8 if valid, else windows-1251). Broken bytes become U+FFFD.
std::string to_utf8(std::string_view bytes, std::string_view charset = "");

// HTML entities, one layer: &quot; &amp; &lt; &gt; &apos; &nbsp; &laquo; … and &#39; &#x27;. Unknown ones
// stay.
std::string decode_entities(std::string_view text);

}  // namespace b24gate::text
