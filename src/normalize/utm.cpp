#include <algorithm>

#include "base/utf8.hpp"
#include "normalize/normalize.hpp"
#include "text/form.hpp"
#include "text/percent.hpp"

namespace b24gate::normalize {

event::Utm utm_of_query(std::string_view url_or_query) {
  event::Utm utm;
  std::string_view query = url_or_query.substr(0, url_or_query.find('#'));
  if (const std::size_t mark = query.find('?'); mark != std::string_view::npos) query.remove_prefix(mark + 1);
  for (std::size_t at = 0; at < query.size();) {
    const std::size_t end = std::min(query.find('&', at), query.size());
    std::string_view pair = query.substr(at, end - at);
    at = end + 1;
    if (pair.substr(0, 4) == "amp;") pair.remove_prefix(4);  // "&amp;" of a link copied out of HTML
    const std::size_t equals = pair.find('=');
    if (equals == std::string_view::npos || pair.substr(0, 4) != "utm_") continue;
    const std::string_view name = pair.substr(4, equals - 4);
    std::string* place = name == "source"     ? &utm.source
                         : name == "medium"   ? &utm.medium
                         : name == "campaign" ? &utm.campaign
                         : name == "content"  ? &utm.content
                         : name == "term"     ? &utm.term
                                              : nullptr;
    if (!place || !place->empty()) continue;
    *place = utf8::trimmed(text::to_utf8(text::percent_decoded(pair.substr(equals + 1), text::Plus::space)));
  }
  return utm;
}

}  // namespace b24gate::normalize
