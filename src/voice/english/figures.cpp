// How numbers are written: 1,234.50, 1.234,50, 10 000, 1'000'000.
#include "voice/english/letters.h"
#include "voice/english/numbers.h"
#include "voice/english/reader.h"

namespace lares::voice::english {
namespace {

constexpr std::size_t max_spoken_digits = 60;

// Groups of three digits behind the first one to three: "1.234.567", "1'000'000". Where they end; `from` when
// there is none, or more digits follow.
std::size_t groups_end(const Reader& reader, std::size_t from, char32_t separator) {
    std::size_t end = reader.digits_end(from);
    if (end == from || end - from > 3 || reader.at(from) == '0') return from;
    const std::size_t first = end;
    while (reader.at(end) == separator && reader.digits_end(end + 1) == end + 4 && end - from < 32) end += 4;
    return end == first || (reader.at(end) == separator && is_digit(reader.at(end + 1))) ? from : end;
}

}  // namespace

std::optional<Figure> european_figure_at(const Reader& reader, std::size_t from) {
    for (const char32_t separator : {U'.', U' '}) {
        const std::size_t point = groups_end(reader, from, separator);
        if (point == from || reader.at(point) != ',') continue;
        const std::size_t end = reader.digits_end(point + 1);
        if (end == point + 1 || end > point + 3 || (reader.at(end) == ',' && is_digit(reader.at(end + 1))))
            continue;
        return Figure{.whole = reader.digits(from, point),
                      .fraction = reader.digits(point + 1, end),
                      .grouped = true,
                      .point = true,
                      .end = end};
    }
    return std::nullopt;
}

std::optional<Figure> money_at(const Reader& reader, std::size_t from) {
    auto figure = figure_at(reader, from);
    if (!figure || figure->grouped) return figure;
    // "1.234.567"; one group only is a fraction in English.
    if (const auto end = groups_end(reader, from, U'.'); end >= reader.digits_end(from) + 8) {
        figure = Figure{.whole = reader.digits(from, end), .fraction = {}, .grouped = true, .end = end};
    } else if (!figure->point && reader.at(figure->end) == ',') {  // "12,50"
        const auto cents = figure->end + 1, cents_end = reader.digits_end(cents);
        const bool more = reader.at(cents_end) == ',' && is_digit(reader.at(cents_end + 1));
        if (cents_end == cents || cents_end > cents + 2 || more) return figure;
        figure->fraction = reader.digits(cents, cents_end);
        figure->point = true;
        figure->end = cents_end;
    }
    return figure;
}

std::optional<Figure> figure_at(const Reader& reader, std::size_t from) {
    if (auto other = european_figure_at(reader, from)) return other;
    Figure figure;
    std::size_t end = reader.digits_end(from);
    for (const char32_t separator : {U'\'', U'’'})  // "1'000'000", as the Swiss write
        if (const auto groups = groups_end(reader, from, separator); groups > from)
            return Figure{
                .whole = reader.digits(from, groups), .fraction = {}, .grouped = true, .end = groups};
    figure.whole = reader.digits(from, end);
    if (!figure.whole.empty() && figure.whole.size() <= 3 && figure.whole[0] != '0') {
        while (reader.at(end) == ',' && reader.digits_end(end + 1) == end + 4 &&
               figure.whole.size() < Reader::max_look) {
            figure.whole += reader.digits(end + 1, end + 4);
            figure.grouped = true;
            end += 4;
        }
    }
    // "10 000"
    while (!figure.whole.empty() && figure.whole.size() < 30 &&
           (figure.whole.size() <= 3 || figure.grouped) && figure.whole[0] != '0' &&
           reader.starts(end, U" 000") && !is_digit(reader.at(end + 4))) {
        figure.whole += "000";
        figure.grouped = true;
        end += 4;
    }
    if (reader.at(end) == '.' && is_digit(reader.at(end + 1))) {
        const auto point = end + 1;
        end = reader.digits_end(point);
        figure.fraction = reader.digits(point, end);
        figure.point = true;
    }
    figure.end = end;
    return figure.whole.empty() && !figure.point ? std::nullopt : std::optional(std::move(figure));
}

std::string Figure::words() const {
    std::string text;
    if (!whole.empty())
        text = !grouped && whole.size() > 1 && whole[0] == '0' ? by_digit(whole) : cardinal(whole);
    if (point) {
        text += text.empty() ? "point " : " point ";
        text += by_digit(std::string_view(fraction).substr(0, max_spoken_digits));
    }
    return text;
}

}  // namespace lares::voice::english
