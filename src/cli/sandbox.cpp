#include "sandbox/sandbox.hpp"

#include <fmt/format.h>
#include <pthread.h>
#include <signal.h>

#include <CLI/CLI.hpp>

#include "cli/commands.hpp"
#include "cli/output.hpp"
#include "yaml/types.hpp"

namespace b24gate::cli {
namespace {

struct SandboxArguments {
  std::string listen = "127.0.0.1:8090";
  sandbox::Options options;
};

int run_sandbox(const SandboxArguments& arguments) {
  yaml::Problems problems;
  const yaml::SystemSecrets secrets;
  yaml::Context context{problems, secrets};
  yaml::Address address;
  if (const auto node = yaml::parse("'" + arguments.listen + "'", "--listen", problems)) {
    yaml::read(*node, context, address);
  }
  if (!problems.empty() || !address.loopback()) {
    complain("--listen must be a loopback address with a port, like 127.0.0.1:8090");
    return usage;
  }
  sigset_t signals;
  sigemptyset(&signals);
  for (const int signal : {SIGTERM, SIGINT}) sigaddset(&signals, signal);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);

  sandbox::Options options = arguments.options;
  options.host = address.host;
  options.port = address.port;
  const SystemClock clock;
  sandbox::Sandbox portal(options, clock);
  if (const Done started = portal.start(); !started) {
    complain(started.error().text());
    return wrong;
  }
  const std::string base = fmt::format("http://{}:{}", address.host, portal.port());
  fmt::print("page:         {}/\nportal.url:   {}/rest/1/{}/\n", base, base, options.secret);
  fmt::print("oauth:        {}/oauth/token/\n", base);
  std::fflush(stdout);
  int signal = 0;
  sigwait(&signals, &signal);
  portal.stop();
  return good;
}

}  // namespace

void add_sandbox(CLI::App& app, Common&, Run& run) {
  auto* command =
      app.add_subcommand("sandbox", "A stand-in Bitrix24 portal on loopback, for trying things out");
  auto arguments = std::make_shared<SandboxArguments>();
  command->add_option("--listen", arguments->listen,
                      "Address and port (127.0.0.1:8090; port 0: any free one)");
  command->add_option("--secret", arguments->options.secret, "Secret of its inbound webhook");
  command->add_option("--rate", arguments->options.rate, "Requests per second that it allows");
  command->add_option("--burst", arguments->options.burst, "Size of its leaky bucket");
  command->add_option("--client-id", arguments->options.client_id, "client_id of its local application");
  command->add_option("--client-secret", arguments->options.client_secret, "client_secret of the same");
  command
      ->add_option_function<std::string>(
          "--telephony",
          [arguments](const std::string& open_to) {
            arguments->options.telephony_by_docs = open_to == "application";
          },
          "Who may register calls: any (default) or application")
      ->check(CLI::IsMember({"any", "application"}));
  command->callback([&run, arguments] { run = [arguments] { return run_sandbox(*arguments); }; });
}

}  // namespace b24gate::cli
