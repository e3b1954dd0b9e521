// How a site proves who it is: LOGIN and PASSWORD or AUTH in the fields of lead.php, a signature of the whole
// body in headers. Everything is compared in constant time.
#pragma once

#include <string>

#include "connector/connector.hpp"
#include "json/value.hpp"

namespace b24gate::bitrix_site {

// What stands for LOGIN and PASSWORD once a site is connected: nothing to store, dies with the secret.
std::string auth_of(const Secret& secret, std::string_view source_name);

// LOGIN + PASSWORD or AUTH; one right proof is enough.
connector::Proof lead_form_proof(const json::Object& fields, const connector::Source& source);

// Whether a field of lead.php is a secret that must not be stored.
bool is_secret_field(std::string_view name);

// Of the headers X-Gate-Timestamp and X-Gate-Signature.
enum class Signature { absent, good, bad, stale };
Signature signature_of(const connector::Request& request, const connector::Source& source);

}  // namespace b24gate::bitrix_site
