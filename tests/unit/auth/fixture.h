#pragma once
#include <optional>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <gtest/gtest.h>

#include "async/virtual_clock.h"
#include "auth/migrations.h"
#include "auth/service.h"

namespace lares::auth {

inline constexpr const char* test_secret = "7c1e0f9b3a5d48261ef0b7c94d2a8356e1907f4bd3c6285a0e7b9142fd83c65a";
inline const Origin here{"127.0.0.1", "test", true};
inline const Origin there{"192.0.2.1", "test", false};

// A service on a database in memory, a clock that stands, a real password pool.
class AuthTest : public testing::Test {
protected:
    AuthTest() {
        db::Options options;
        options.file = ":memory:";
        options.inline_mode = true;
        options.migrations = {{"auth", migrations}};
        auto opened = db::Database::open(std::move(options));
        if (!opened) throw std::runtime_error(opened.error().message + opened.error().detail);
        database = std::move(*opened);
        service = make_service({});
    }

    std::unique_ptr<Service> make_service(Options options) {
        options.jwt_secret = SecretText(test_secret);
        return std::make_unique<Service>(*database, passwords, clock, ids, std::move(options));
    }

    template <class T>
    T wait(Task<T> task) {
        std::optional<T> result;
        boost::asio::co_spawn(io, store(std::move(task), &result), [](const std::exception_ptr& exception) {
            if (exception) std::rethrow_exception(exception);
        });
        io.restart();
        io.run();
        return std::move(*result);
    }

    Result<Account> sign_up(std::string name, Origin origin = here, std::optional<std::string> code = {}) {
        Registration registration{name + "@example.org", name, SecretText("password of " + name), {}, origin};
        if (code) registration.setup_code = SecretText(*code);
        return wait(service->register_account(std::move(registration)));
    }
    Result<Tokens> sign_in(std::string login, std::string password, Origin origin = here) {
        return wait(service->login({std::move(login), SecretText(std::move(password)), origin}));
    }
    Result<Tokens> sign_in(std::string name) { return sign_in(name, "password of " + name); }
    Result<Identity> verify(const Tokens& tokens) { return wait(service->verify(tokens.access_token)); }
    Result<Tokens> refresh(const SecretText& token) { return wait(service->refresh(token, here)); }

    std::int64_t count(const char* table) {
        return database
            ->read_blocking([table](db::Reader& reader) -> Result<std::int64_t> {
                const bool audit = std::string_view(table) == "audit";
                auto rows = audit ? reader.one<std::int64_t>("SELECT count(*) FROM audit")
                                  : reader.one<std::int64_t>("SELECT count(*) FROM sessions");
                return **rows;
            })
            .value();
    }

    boost::asio::io_context io{1};
    async::VirtualClock clock;
    async::Pool passwords{{.name = "passwords", .threads = 2}};
    IdSource ids{7};
    std::unique_ptr<db::Database> database;
    std::unique_ptr<Service> service;

private:
    template <class T>
    static Task<void> store(Task<T> task, std::optional<T>* result) {
        result->emplace(co_await std::move(task));
    }
};

}  // namespace lares::auth
