#include "portal/installation.hpp"

#include "base/ascii.hpp"

namespace b24gate::portal {

AboutApplication read_about_application(const json::Value& body, const json::Value& query) {
  AboutApplication out;
  const json::Value& auth = body["auth"];
  const std::string event = ascii::lower(body["event"].text());
  if (event == "onappuninstall") {
    out.kind = AboutApplication::Kind::removed;
    out.application_token = Secret(auth["application_token"].text());
    return out;
  }
  Installation& in = out.installation;
  if (event == "onappinstall") {
    in.access = Secret(auth["access_token"].text());
    in.refresh = Secret(auth["refresh_token"].text());
    in.application_token = Secret(auth["application_token"].text());
    in.member_id = auth["member_id"].text();
    in.domain = auth["domain"].text();
  } else if (event.empty() && !body["AUTH_ID"].says_nothing()) {
    const auto either = [&](std::string_view name) {
      return body[name].says_nothing() ? query[name].text() : body[name].text();
    };
    in.access = Secret(body["AUTH_ID"].text());
    in.refresh = Secret(body["REFRESH_ID"].text());
    in.member_id = either("member_id");
    in.domain = either("DOMAIN");
    in.by_page = true;
  } else {
    return out;
  }
  out.kind = AboutApplication::Kind::installed;
  return out;
}

}  // namespace b24gate::portal
