#pragma once
// What a closure sees. Reader selects; Tx also writes. Arguments bind to ?1, ?2 … in order; a row is read
// into a scalar, a std::tuple or a plain struct whose members stand in the order of the columns.
#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

#include <boost/pfr/core.hpp>

#include "base/result.h"
#include "db/driver.h"
#include "db/sql.h"
#include "db/value.h"

namespace lares::db {

inline constexpr std::size_t rows_max =
    100'000;  // of one rows(): a query without a LIMIT is a bug before this

class Row {
public:
    explicit Row(const Statement& statement) : statement_(statement) {}
    template <Scalar T>
    T get(std::size_t column) const {
        return from_cell<T>(statement_.column(column));
    }
    template <class T>
    T as() const {
        if constexpr (Scalar<T>) {
            return get<T>(0);
        } else {
            T out{};
            if constexpr (requires { std::tuple_size<T>::value; })
                fill(
                    out, [](auto& item, auto index) -> auto& { return std::get<index>(item); },
                    std::make_index_sequence<std::tuple_size_v<T>>());
            else
                fill(
                    out, [](auto& item, auto index) -> auto& { return boost::pfr::get<index>(item); },
                    std::make_index_sequence<boost::pfr::tuple_size_v<T>>());
            return out;
        }
    }

private:
    template <class T, class Get, std::size_t... I>
    void fill(T& out, Get at, std::index_sequence<I...>) const {
        expect_columns(sizeof...(I));
        ((at(out, std::integral_constant<std::size_t, I>()) =
              get<std::remove_cvref_t<decltype(at(out, std::integral_constant<std::size_t, I>()))>>(I)),
         ...);
    }
    void expect_columns(std::size_t members) const;  // throws BadCell when the statement has another number
    const Statement& statement_;
};

// Errors of all calls: type "storage-unique" (Code::conflict) for a UNIQUE or primary key violation, see
// is_unique_violation(); "storage-…" otherwise. After an error the closure returns it: on some databases
// nothing more can run before the rollback. For "insert unless there", use ON CONFLICT DO NOTHING.
class Reader {
public:
    explicit Reader(Connection& connection) : connection_(connection) {}
    Reader(const Reader&) = delete;
    Reader& operator=(const Reader&) = delete;

    template <class T, class... Args>
    Result<std::vector<T>> rows(Sql sql, const Args&... args) {
        return collect<T>(sql, rows_max, args...);
    }

    // The same of what may be more than rows_max: all of one conversation.
    template <class T, class... Args>
    Result<std::vector<T>> all_rows(Sql sql, const Args&... args) {
        return collect<T>(sql, SIZE_MAX, args...);
    }

    // The first row, or nullopt.
    template <class T, class... Args>
    Result<std::optional<T>> one(Sql sql, const Args&... args) {
        std::optional<T> out;
        const std::array<Param, sizeof...(Args)> params{to_param(args)...};
        LARES_CHECK(select(sql, params, 1, &out, [](void* into, const Row& row) {
            static_cast<std::optional<T>*>(into)->emplace(row.as<T>());
            return false;
        }));
        return out;
    }

    // f(const Row&) -> bool (go on?) or void, for each row; nothing is collected.
    template <class F, class... Args>
    Result<void> for_each(Sql sql, F f, const Args&... args) {
        const std::array<Param, sizeof...(Args)> params{to_param(args)...};
        return select(sql, params, SIZE_MAX, &f, [](void* into, const Row& row) {
            if constexpr (std::is_void_v<std::invoke_result_t<F&, const Row&>>) {
                (*static_cast<F*>(into))(row);
                return true;
            } else {
                return (*static_cast<F*>(into))(row);
            }
        });
    }

protected:
    template <class T, class... Args>
    Result<std::vector<T>> collect(Sql sql, std::size_t most, const Args&... args) {
        std::vector<T> out;
        const std::array<Param, sizeof...(Args)> params{to_param(args)...};
        LARES_CHECK(select(sql, params, most, &out, [](void* into, const Row& row) {
            static_cast<std::vector<T>*>(into)->push_back(row.as<T>());
            return true;
        }));
        return out;
    }
    Result<void> select(Sql sql, std::span<const Param> params, std::size_t limit, void* into,
                        bool (*take)(void*, const Row&));
    Connection& connection_;
};

class Tx : public Reader {
public:
    using Reader::Reader;

    // Answers how many rows were changed. RETURNING is read with one() or rows().
    template <class... Args>
    Result<std::int64_t> run(Sql sql, const Args&... args) {
        const std::array<Param, sizeof...(Args)> params{to_param(args)...};
        return execute(sql, params);
    }

private:
    Result<std::int64_t> execute(Sql sql, std::span<const Param> params);
};

bool is_unique_violation(const Error& error);

}  // namespace lares::db
