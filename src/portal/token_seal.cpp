#include "portal/token_seal.hpp"

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/kdf.h>
#include <openssl/params.h>
#include <openssl/rand.h>

#include <array>
#include <memory>
#include <optional>

#include "json/value.hpp"

namespace b24gate::portal {
namespace {

constexpr std::int64_t version = 1;
constexpr std::size_t nonce_size = 12;
constexpr std::size_t tag_size = 16;
// Names what is sealed: the same secret used for something else gives another key, and sealed bytes of
// something else do not open as tokens.
constexpr std::string_view purpose = "b24gate application tokens v1";

using Key = std::array<unsigned char, 32>;

struct Free {
  void operator()(EVP_CIPHER_CTX* context) const { EVP_CIPHER_CTX_free(context); }
  void operator()(EVP_KDF* kdf) const { EVP_KDF_free(kdf); }
  void operator()(EVP_KDF_CTX* context) const { EVP_KDF_CTX_free(context); }
};

tl::unexpected<Error> wrong(ErrorKind kind, std::string what) {
  return fail(kind, "application tokens", std::move(what), Ran::no, Move::administrator);
}

const unsigned char* bytes(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}
unsigned char* bytes(std::string& text) { return reinterpret_cast<unsigned char*>(text.data()); }

std::optional<Key> derive(const Secret& secret) {
  const std::unique_ptr<EVP_KDF, Free> kdf(EVP_KDF_fetch(nullptr, "HKDF", nullptr));
  if (!kdf) return std::nullopt;
  const std::unique_ptr<EVP_KDF_CTX, Free> context(EVP_KDF_CTX_new(kdf.get()));
  // The parameters take pointers that are not const, and do not write through them.
  std::string digest = "SHA256";
  std::string material = secret.reveal();
  std::string info(purpose);
  const std::array<OSSL_PARAM, 4> parameters{
      OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST, digest.data(), 0),
      OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_KEY, material.data(), material.size()),
      OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_INFO, info.data(), info.size()),
      OSSL_PARAM_construct_end()};
  Key key{};
  const bool good = context && EVP_KDF_derive(context.get(), key.data(), key.size(), parameters.data()) == 1;
  OPENSSL_cleanse(material.data(), material.size());
  if (!good) return std::nullopt;
  return key;
}

std::string authenticated(std::string_view member_id) {
  std::string out(purpose);
  out += '\0';
  out += member_id;
  return out;
}

std::string hex(std::string_view text) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    out += digits[byte >> 4U];
    out += digits[byte & 15U];
  }
  return out;
}

int digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return -1;
}

std::optional<std::string> unhex(const std::string& text) {
  if (text.size() % 2 != 0) return std::nullopt;
  std::string out;
  for (std::size_t i = 0; i < text.size(); i += 2) {
    const int high = digit(text[i]);
    const int low = digit(text[i + 1]);
    if (high < 0 || low < 0) return std::nullopt;
    out += static_cast<char>(high * 16 + low);
  }
  return out;
}

}  // namespace

Result<std::string> seal(std::string_view plain, const Secret& key, std::string_view member_id) {
  const auto derived = derive(key);
  std::string nonce(nonce_size, '\0');
  std::string data(plain.size(), '\0');
  std::string tag(tag_size, '\0');
  const std::string beside = authenticated(member_id);
  const std::unique_ptr<EVP_CIPHER_CTX, Free> context(EVP_CIPHER_CTX_new());
  int length = 0;
  const bool good =
      derived && context && RAND_bytes(bytes(nonce), static_cast<int>(nonce.size())) == 1 &&
      EVP_EncryptInit_ex(context.get(), EVP_aes_256_gcm(), nullptr, derived->data(), bytes(nonce)) == 1 &&
      EVP_EncryptUpdate(context.get(), nullptr, &length, bytes(beside), static_cast<int>(beside.size())) ==
          1 &&
      EVP_EncryptUpdate(context.get(), bytes(data), &length, bytes(plain), static_cast<int>(plain.size())) ==
          1 &&
      EVP_EncryptFinal_ex(context.get(), bytes(tag), &length) == 1 &&
      EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_GCM_GET_TAG, static_cast<int>(tag.size()), tag.data()) == 1;
  if (!good)
    return fail(ErrorKind::internal, "application tokens", "OpenSSL cannot encrypt", Ran::no, Move::ours);
  return json::write(json::Value::object({{"v", version},
                                          {"member_id", member_id},
                                          {"nonce", hex(nonce)},
                                          {"data", hex(data)},
                                          {"tag", hex(tag)}}));
}

Result<Opened> unseal(std::string_view sealed, const Secret& key) {
  const auto parsed = json::parse(sealed);
  const json::Value box = parsed ? *parsed : json::Value();
  const auto nonce = unhex(box["nonce"].text());
  const auto data = unhex(box["data"].text());
  auto tag = unhex(box["tag"].text());
  if (box["v"].integer() != version || !nonce || nonce->size() != nonce_size || !data || !tag ||
      tag->size() != tag_size)
    return wrong(ErrorKind::input, "what is stored cannot be read");
  Opened out;
  out.member_id = box["member_id"].text();
  out.plain.assign(data->size(), '\0');
  const auto derived = derive(key);
  const std::string beside = authenticated(out.member_id);
  const std::unique_ptr<EVP_CIPHER_CTX, Free> context(EVP_CIPHER_CTX_new());
  int length = 0;
  std::string nothing(tag_size, '\0');
  const bool good =
      derived && context &&
      EVP_DecryptInit_ex(context.get(), EVP_aes_256_gcm(), nullptr, derived->data(), bytes(*nonce)) == 1 &&
      EVP_DecryptUpdate(context.get(), nullptr, &length, bytes(beside), static_cast<int>(beside.size())) ==
          1 &&
      EVP_DecryptUpdate(context.get(), bytes(out.plain), &length, bytes(*data),
                        static_cast<int>(data->size())) == 1 &&
      EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_GCM_SET_TAG, static_cast<int>(tag->size()), tag->data()) ==
          1 &&
      EVP_DecryptFinal_ex(context.get(), bytes(nothing), &length) == 1;
  if (!good)
    return wrong(ErrorKind::refused,
                 "what is stored cannot be decrypted: the key is another one than when it was stored, or it "
                 "was changed");
  return out;
}

}  // namespace b24gate::portal
