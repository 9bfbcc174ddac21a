#pragma once
// What the readers of both forms share.
#include <string_view>

#include <boost/json/object.hpp>

#include "chat/transcript.h"

namespace lares::chat::transcript {

// The lines of a file that are not empty.
class Lines {
public:
    explicit Lines(std::string_view file) : rest_(file) {}
    bool next();
    std::int64_t number() const { return number_; }  // counted from 1, empty ones too
    Result<boost::json::object> object() const;      // of the line

private:
    std::string_view rest_, text_;
    std::int64_t number_ = 0;
};

tl::unexpected<Error> bad_line(std::int64_t line, std::string_view rule);
tl::unexpected<Error> too_many();
Result<void> good_text(std::string_view text, std::int64_t line);

// `first`: the line that `lines` stands at.
Result<ReadTranscript> read_lossless(Lines lines, boost::json::object first);
Result<ReadTranscript> read_sillytavern(Lines lines, boost::json::object first, bool flatten,
                                        std::int64_t now_ms);

}  // namespace lares::chat::transcript
