// JSON text in and out, by RapidJSON.
#include <fmt/format.h>
#include <rapidjson/error/en.h>
#include <rapidjson/memorystream.h>
#include <rapidjson/prettywriter.h>
#include <rapidjson/reader.h>
#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

#include <charconv>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <limits>
#include <optional>
#include <type_traits>

#include "base/utf8.hpp"
#include "json/value.hpp"

namespace b24gate::json {
namespace {

// Builds a Value from RapidJSON's events; a false return stops the reader.
class Builder {
 public:
  explicit Builder(const ParseLimits& limits) : limits_(limits) {}

  bool Null() { return add(Value()); }
  bool Bool(bool value) { return add(Value(value)); }
  bool Int(int value) { return add(Value(value)); }
  bool Uint(unsigned value) { return add(Value(value)); }
  bool Int64(std::int64_t value) { return add(Value(value)); }
  bool Uint64(std::uint64_t value) {
    if (value <= static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max())) {
      return add(Value(static_cast<std::int64_t>(value)));
    }
    return add(Value(std::to_string(value)));  // an id beyond 63 bits keeps its digits
  }
  bool Double(double value) { return add(Value(value)); }
  bool RawNumber(const char* text, rapidjson::SizeType size, bool) {
    return add(Value(std::string(text, size)));
  }
  bool String(const char* text, rapidjson::SizeType size, bool) {
    return add(Value(std::string(text, size)));
  }
  bool Key(const char* text, rapidjson::SizeType size, bool) {
    open_.back().key.assign(text, size);
    return true;
  }
  bool StartObject() { return start(Value(Object())); }
  bool StartArray() { return start(Value(Array())); }
  bool EndObject(rapidjson::SizeType) { return end(); }
  bool EndArray(rapidjson::SizeType) { return end(); }

  Value take() { return std::move(root_); }

 private:
  struct Frame {
    Value value;
    std::string key;
  };

  bool start(Value value) {
    if (open_.size() >= limits_.max_depth) return false;
    open_.push_back({std::move(value), {}});
    return true;
  }

  bool end() {
    Value done = std::move(open_.back().value);
    open_.pop_back();
    return add(std::move(done));
  }

  bool add(Value value) {
    if (++members_ > limits_.max_members) return false;
    if (open_.empty()) {
      root_ = std::move(value);
    } else if (Frame& frame = open_.back(); frame.value.is_object()) {
      frame.value.object_if()->set(std::move(frame.key), std::move(value));
      frame.key.clear();
    } else {
      frame.value.push(std::move(value));
    }
    return true;
  }

  const ParseLimits& limits_;
  std::vector<Frame> open_;
  Value root_;
  std::size_t members_ = 0;
};

// What kinds of bytes a text has.
struct Bytes {
  bool escaped = false;  // control characters, quotes, backslashes: JSON has all others as they are
  bool beyond_ascii = false;
};

Bytes bytes_of(std::string_view text) {
  constexpr std::uint64_t ones = 0x0101010101010101U;
  std::uint64_t all = 0;
  std::uint64_t found = 0;
  const auto look_at = [&](std::uint64_t eight) {
    // The highest bit of one of them is set when a byte is below 0x20, or below 1 after it was compared.
    const std::uint64_t quotes = eight ^ (ones * '"');
    const std::uint64_t backslashes = eight ^ (ones * '\\');
    found |= ((eight - ones * 0x20U) & ~eight) | ((quotes - ones) & ~quotes) |
             ((backslashes - ones) & ~backslashes);
    all |= eight;
  };
  std::uint64_t eight = ones * ' ';
  if (text.size() < sizeof eight) {
    std::memcpy(&eight, text.data(), text.size());
  } else {
    for (std::size_t at = 0; at + sizeof eight < text.size(); at += sizeof eight) {
      std::memcpy(&eight, text.data() + at, sizeof eight);
      look_at(eight);
    }
    std::memcpy(&eight, text.data() + text.size() - sizeof eight, sizeof eight);
  }
  look_at(eight);
  return {(found & (ones * 0x80U)) != 0, (all & (ones * 0x80U)) != 0};
}

// RapidJSON's writer, which looks at each byte by a table; nearly all texts are plain ones and copied whole.
class CompactWriter : public rapidjson::Writer<rapidjson::StringBuffer> {
 public:
  using Writer::Writer;

  void plain(std::string_view text) {
    Prefix(rapidjson::kStringType);
    char* out = os_->Push(text.size() + 2);
    *out++ = '"';
    out += text.copy(out, text.size());
    *out = '"';
    EndValue(true);
  }
};

template <class Writer>
void write_text(Writer& writer, const std::string& text, bool is_key) {
  if constexpr (std::is_same_v<Writer, CompactWriter>) {
    const Bytes bytes = bytes_of(text);
    if (!bytes.escaped && (!bytes.beyond_ascii || utf8::valid(text))) {
      writer.plain(text);
      return;
    }
  }
  const auto put = [&](const std::string& clean) {
    const auto size = static_cast<rapidjson::SizeType>(clean.size());
    is_key ? writer.Key(clean.data(), size) : writer.String(clean.data(), size);
  };
  if (utf8::valid(text)) {
    put(text);
  } else {
    put(utf8::repaired(text));
  }
}

template <class Writer>
void write_to(Writer& writer, const Value& value) {
  if (const auto* text = value.string()) {
    write_text(writer, *text, false);
  } else if (const auto* elements = value.array_if()) {
    writer.StartArray();
    for (const auto& element : *elements) write_to(writer, element);
    writer.EndArray();
  } else if (const auto* members = value.object_if()) {
    writer.StartObject();
    for (const auto& [key, member] : *members) {
      write_text(writer, key, true);
      write_to(writer, member);
    }
    writer.EndObject();
  } else if (value.is_int()) {
    writer.Int64(*value.integer());
  } else if (const auto number = value.is_number() ? value.number() : std::nullopt) {
    // JSON has no infinity and no "not a number".
    std::isfinite(*number) ? writer.Double(*number) : writer.Null();
  } else if (const auto flag = value.boolean()) {
    writer.Bool(*flag);
  } else {
    writer.Null();
  }
}

// The code unit of an escape \uDXXX at `at`: all halves of pairs begin so.
std::optional<unsigned> unit_at(std::string_view text, std::size_t at) {
  constexpr std::size_t length = 6;
  if (at > text.size() || text.size() - at < length || text[at] != '\\' || text[at + 1] != 'u' ||
      (text[at + 2] != 'd' && text[at + 2] != 'D'))
    return std::nullopt;
  unsigned unit = 0;
  const char* const end = text.data() + at + length;
  const auto [read, error] = std::from_chars(text.data() + at + 2, end, unit, 16);
  return error == std::errc() && read == end ? std::optional(unit) : std::nullopt;
}

// JavaScript that cuts a text inside an emoji leaves half of a pair: each such escape becomes that of U+FFFD,
// which is as long. Nothing when there is none.
std::optional<std::string> without_lone_surrogates(std::string_view text) {
  const auto is_high = [](unsigned unit) { return unit >= 0xD800 && unit < 0xDC00; };
  const auto is_low = [](unsigned unit) { return unit >= 0xDC00 && unit < 0xE000; };
  std::optional<std::string> out;
  for (std::size_t at = text.find('\\'); at != std::string_view::npos; at = text.find('\\', at)) {
    const auto unit = unit_at(text, at);
    if (!unit) {
      at += 2;  // another escape
      continue;
    }
    const auto next = is_high(*unit) ? unit_at(text, at + 6) : std::nullopt;
    if (next && is_low(*next)) {
      at += 12;
      continue;
    }
    if (is_high(*unit) || is_low(*unit)) {
      if (!out) out.emplace(text);
      out->replace(at, 6, "\\ufffd");
    }
    at += 6;
  }
  return out;
}

}  // namespace

Result<Value> parse(std::string_view whole, const ParseLimits& limits) {
  const auto mended = without_lone_surrogates(whole);
  const std::string_view text = mended ? std::string_view(*mended) : whole;
  Builder builder(limits);
  rapidjson::Reader reader;
  rapidjson::MemoryStream bytes(text.data(), text.size());
  rapidjson::EncodedInputStream<rapidjson::UTF8<>, rapidjson::MemoryStream> stream(bytes);
  constexpr unsigned flags = rapidjson::kParseIterativeFlag | rapidjson::kParseFullPrecisionFlag;
  // RapidJSON looks at each byte by a table; the whole at a glance is ten times quicker, and when something
  // is broken RapidJSON says where.
  const auto result = utf8::valid(text)
                          ? reader.Parse<flags>(stream, builder)
                          : reader.Parse<flags | rapidjson::kParseValidateEncodingFlag>(stream, builder);
  if (result.Code() == rapidjson::kParseErrorTermination) {
    return fail(ErrorKind::limit, fmt::format("byte {}", result.Offset()),
                fmt::format("JSON is nested deeper than {} or has more than {} values", limits.max_depth,
                            limits.max_members));
  }
  if (result.IsError()) {
    return fail(ErrorKind::input, fmt::format("byte {}", result.Offset()),
                fmt::format("not JSON: {}", rapidjson::GetParseError_En(result.Code())));
  }
  return builder.take();
}

std::string write(const Value& value) {
  constexpr std::size_t usual_size = 4096;  // growing to it from RapidJSON's 256 copies an enquiry six times
  rapidjson::StringBuffer buffer(nullptr, usual_size);
  CompactWriter writer(buffer);
  write_to(writer, value);
  return {buffer.GetString(), buffer.GetSize()};
}

std::string write_pretty(const Value& value) {
  rapidjson::StringBuffer buffer;
  rapidjson::PrettyWriter<rapidjson::StringBuffer> writer(buffer);
  writer.SetIndent(' ', 2);
  write_to(writer, value);
  return {buffer.GetString(), buffer.GetSize()};
}

}  // namespace b24gate::json
