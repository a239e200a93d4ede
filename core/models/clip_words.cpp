// SPDX-License-Identifier: GPL-3.0-or-later
#include "models/clip_words_internal.h"

#include "models/unicode_text_internal.h"

#include <array>

namespace clipscope {

namespace {

/// Bytes that Latin-1 prints: they stand for themselves, the others for U+0100 and on.
bool isPrintable(int byte)
{
    return (byte >= 0x21 && byte <= 0x7E) || (byte >= 0xA1 && byte != 0xAD);
}

std::array<std::string, 256> makeByteSymbols()
{
    std::array<std::string, 256> symbols;
    char32_t spare = 0x100;
    for (int byte = 0; byte < 256; ++byte)
        appendUtf8(isPrintable(byte) ? char32_t(byte) : spare++, symbols[size_t(byte)]);
    return symbols;
}

bool isPlain(char32_t point)
{
    return !isSpace(point) && !isLetter(point) && !isNumber(point);
}

template <class Is> size_t runEnd(std::u32string_view text, size_t from, Is&& is)
{
    while (from < text.size() && is(text[from]))
        ++from;
    return from;
}

size_t cliticLength(std::u32string_view rest)
{
    for (const std::u32string_view clitic : {U"'s", U"'t", U"'re", U"'ve", U"'m", U"'ll", U"'d"}) {
        if (rest.starts_with(clitic))
            return clitic.size();
    }
    return 0;
}

/// Length of a special token's name at the start; texts reach this only where they spelt it in capitals.
size_t specialLength(std::u32string_view rest)
{
    for (const std::u32string_view special : {U"<|startoftext|>", U"<|endoftext|>"}) {
        if (rest.starts_with(special))
            return special.size();
    }
    return 0;
}

} // namespace

std::string byteSymbol(int byte)
{
    static const std::array<std::string, 256> kSymbols = makeByteSymbols();
    return kSymbols.at(size_t(byte));
}

const std::string& bytesInClipOrder()
{
    static const std::string kOrder = [] {
        std::string order;
        for (const bool printable : {true, false}) {
            for (int byte = 0; byte < 256; ++byte) {
                if (isPrintable(byte) == printable)
                    order += char(byte);
            }
        }
        return order;
    }();
    return kOrder;
}

void cutClipWords(std::u32string_view text, const std::function<bool(std::string_view)>& word)
{
    const std::u32string points = lowerCase(nfc(text));
    const std::u32string_view all = points;
    std::string bytes;
    auto give = [&](size_t from, size_t to) {
        bytes.clear();
        for (size_t i = from; i < to; ++i)
            appendUtf8(points[i], bytes);
        return word(bytes);
    };
    for (size_t i = 0; i < points.size();) {
        const char32_t point = points[i];
        size_t end = i + 1;
        if (isSpace(point)) {
            ++i;
            continue;
        }
        if (point == U'<' && specialLength(all.substr(i)) > 0) {
            // The reference keeps the name in one piece first and cuts it in three afterwards.
            end = i + specialLength(all.substr(i));
            if (!give(i, i + 2) || !give(i + 2, end - 2))
                return;
            i = end - 2;
        } else if (point == U'\'' && cliticLength(all.substr(i)) > 0) {
            end = i + cliticLength(all.substr(i));
        } else if (isLetter(point)) {
            end = runEnd(all, i, isLetter);
        } else if (!isNumber(point)) {
            end = runEnd(all, i, isPlain);
        }
        if (!give(i, end))
            return;
        i = end;
    }
}

} // namespace clipscope
