#pragma once
// A call as a request over a connection that may break at any time.
#include "async/one_shot.h"
#include "device.h"

namespace lares::sim {

inline tl::unexpected<Error> lost() {
    return ::lares::fail(Code::cancelled, "connection-lost", "The connection was lost.");
}

template <class T>
Task<void> deliver(Task<Result<T>> call, async::OneShot<Result<T>> reply) {
    reply.set(co_await std::move(call));
}

template <class T>
Task<void> cut_later(World* world, async::OneShot<Result<T>> reply) {
    co_await world->pause(0, 60);
    reply.set(lost());
}

// The server notices a broken connection at once and drops the handler, as http does.
template <class T>
Task<Result<T>> Device::request(Task<Result<T>> call, bool may_break) {
    auto process = server();
    if (!process) co_return lost();
    co_await async::hold_cancellation();  // also at the end of the world: what is spawned here ends first
    const auto executor = world_.loop.io.get_executor();
    async::TaskScope connection(executor);
    async::OneShot<Result<T>> reply(executor);
    process->connections.push_back([reply] { reply.set(lost()); });
    const auto mine = process->connections.size();
    connection.spawn(deliver(std::move(call), reply));
    if (may_break && !world_.settling) connection.spawn(cut_later(&world_, reply));
    auto answer = co_await reply.take();
    connection.cancel();
    co_await connection.join();
    if (process->connections.size() == mine) process->connections.pop_back();
    co_return answer;
}

}  // namespace lares::sim
