#pragma once
// TaskScope owns what was spawned: nothing outlives what it uses. All calls on the scope's executor (one
// thread or a strand).
#include <functional>
#include <memory>
#include <string_view>

#include "async/task.h"

namespace lares::async {

class TaskScope {
public:
    explicit TaskScope(Executor executor);
    ~TaskScope();  // everything has ended: cancel() and join() came first (asserted)
    TaskScope(const TaskScope&) = delete;
    TaskScope& operator=(const TaskScope&) = delete;

    // Starts the task on the scope's executor. An exception that is not a cancellation goes to on_exception
    // (logs, by default aborts).
    void spawn(Task<void> task);
    void cancel();      // asks every child to end; those spawned later are cancelled at once
    Task<void> join();  // returns when no child is left; never cancelled itself
    std::size_t size() const;
    Executor executor() const;

    // Process-wide: called with the message of an exception that escaped a task. Set once at start.
    static void on_exception(std::function<void(std::string_view)> handler);

private:
    struct State;
    std::shared_ptr<State> state_;
};

}  // namespace lares::async
