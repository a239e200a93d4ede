// SPDX-License-Identifier: GPL-3.0-or-later
#include "graph/pickle_file_internal.h"

#include "base/error.h"
#include "graph/typed_numbers_internal.h"

#include <algorithm>
#include <bit>
#include <charconv>
#include <cmath>
#include <cstring>
#include <map>
#include <optional>

namespace clipscope {

namespace {

constexpr size_t kMostValues = 20'000'000;

/// What a file may name; the words on the right are those that this reader knows them by.
const std::map<std::string, std::string, std::less<>> kNames = {
    {"__builtin__ list", "list"},
    {"builtins list", "list"},
    {"collections defaultdict", "dict"},
    {"numpy dtype", "dtype"},
    {"numpy ndarray", "ndarray"},
    {"numpy.core.multiarray _reconstruct", "array"},
    {"numpy._core.multiarray _reconstruct", "array"},
    {"scipy.sparse.csr csr_matrix", "csr_matrix"},
    {"scipy.sparse._csr csr_matrix", "csr_matrix"},
    {"_codecs encode", "encode"},
};

using Kind = PickleValue::Kind;

[[noreturn]] void refuse(const std::string& happened, const std::string& subject)
{
    throw Error(ErrorKind::Input, happened, subject, "Take the Planetoid file as it is published.");
}

template <class T> T numberAt(const char* bytes)
{
    T out;
    std::memcpy(&out, bytes, sizeof out);
    return out;
}

size_t bytesOf(const std::string& dtype)
{
    return dtype.size() == 3 && std::isdigit(uint8_t(dtype[2])) ? size_t(dtype[2] - '0') : 0;
}

} // namespace

const PickleValue* PickleValue::find(std::string_view key) const
{
    for (const auto& [name, value] : entries)
        if (name->kind == Kind::Bytes && name->bytes == key)
            return value;
    return nullptr;
}

std::vector<int64_t> PickleValue::integers(const std::string& subject) const
{
    std::vector<int64_t> out;
    if (kind == Kind::List) {
        for (const PickleValue* item : items) {
            if (item->kind != Kind::Int)
                refuse("holds something else where whole numbers belong", subject);
            out.push_back(item->number);
        }
        return out;
    }
    if (kind != Kind::Array || dtype.find('f') != std::string::npos
        || !forNumbersOf(dtype, bytes, [&](auto value) { out.push_back(int64_t(value)); }))
        refuse("holds something else where whole numbers belong", subject);
    return out;
}

std::vector<float> PickleValue::floats(const std::string& subject) const
{
    std::vector<float> out;
    if (kind != Kind::Array || !forNumbersOf(dtype, bytes, [&](auto value) { out.push_back(float(value)); }))
        refuse("holds something else where numbers belong", subject);
    return out;
}

/// The pickle machine's stack and memory, without its power to call.
class PickleMachine {
public:
    PickleMachine(std::string_view bytes, const std::string& subject, std::deque<PickleValue>& values)
        : m_rest(bytes)
        , m_mostCopied(4 * bytes.size())
        , m_subject(subject)
        , m_values(values)
    {
    }

    const PickleValue* run()
    {
        while (!step(take(1)[0])) { }
        return pop();
    }

private:
    /// Whether that was the end.
    bool step(char instruction)
    {
        switch (instruction) {
        case '\x80': // PROTO
            if (number<uint8_t>() > 4)
                broken("is a pickle of a protocol above 4");
            return false;
        case '\x95': // FRAME
            take(8);
            return false;
        case '.':
            return true;
        case '(':
            m_marks.push_back(m_stack.size());
            return false;
        case '0':
            pop();
            return false;
        case 'N':
            push(Kind::None);
            return false;
        case '\x88':
        case '\x89':
            push(Kind::Bool).number = instruction == '\x88';
            return false;
        case 'J':
            push(Kind::Int).number = number<int32_t>();
            return false;
        case 'K':
            push(Kind::Int).number = number<uint8_t>();
            return false;
        case 'M':
            push(Kind::Int).number = number<uint16_t>();
            return false;
        case '\x8a':
            pushLong();
            return false;
        case 'I':
            pushText();
            return false;
        case 'G':
            push(Kind::Float).real = std::bit_cast<double>(__builtin_bswap64(number<uint64_t>()));
            return false;
        case 'U': // SHORT_BINSTRING
        case 'C': // SHORT_BINBYTES
        case '\x8c': // SHORT_BINUNICODE
            pushBytes(number<uint8_t>());
            return false;
        case 'T': // BINSTRING
        case 'B': // BINBYTES
        case 'X': // BINUNICODE
            pushBytes(number<uint32_t>());
            return false;
        case ')':
        case ']':
            push(Kind::List);
            return false;
        case '}':
            push(Kind::Dict);
            return false;
        case '\x85':
        case '\x86':
        case '\x87':
            pushTuple(size_t(uint8_t(instruction) - 0x84));
            return false;
        case 't':
        case 'l':
            pushTuple(m_stack.size() - mark());
            return false;
        case 'd': {
            const std::vector<PickleValue*> items = popToMark();
            setItems(push(Kind::Dict), items);
            return false;
        }
        case 'a': {
            PickleValue* item = pop();
            top(Kind::List).items.push_back(item);
            return false;
        }
        case 'e': {
            const std::vector<PickleValue*> items = popToMark();
            std::vector<PickleValue*>& list = top(Kind::List).items;
            list.insert(list.end(), items.begin(), items.end());
            return false;
        }
        case 's': {
            PickleValue* value = pop();
            PickleValue* key = pop();
            setItems(top(Kind::Dict), {key, value});
            return false;
        }
        case 'u': {
            const std::vector<PickleValue*> items = popToMark();
            setItems(top(Kind::Dict), items);
            return false;
        }
        case 'q':
            keep(number<uint8_t>());
            return false;
        case 'r':
            keep(number<uint32_t>());
            return false;
        case '\x94':
            keep(m_memory.size());
            return false;
        case 'h':
            recall(number<uint8_t>());
            return false;
        case 'j':
            recall(number<uint32_t>());
            return false;
        case 'c': {
            const std::string module = line();
            pushName(module + ' ' + line());
            return false;
        }
        case '\x93': {
            const std::string name = pop(Kind::Bytes)->bytes;
            pushName(pop(Kind::Bytes)->bytes + ' ' + name);
            return false;
        }
        case 'R':
        case '\x81': {
            const PickleValue* arguments = pop(Kind::List);
            make(*pop(Kind::Name), *arguments);
            return false;
        }
        case 'b': {
            const PickleValue* state = pop();
            if (m_stack.empty())
                cutOff();
            build(*m_stack.back(), *state);
            return false;
        }
        default:
            broken("is a pickle with an instruction that data does not need");
        }
    }

    /// What is in the file once may be copied once or twice; an object named again and again would fill the memory.
    void countCopied(size_t bytes)
    {
        m_copied += bytes;
        if (m_copied > m_mostCopied)
            broken("is a pickle that makes much of little");
    }

    [[noreturn]] void broken(const std::string& happened) const { refuse(happened, m_subject); }
    [[noreturn]] void cutOff() const { broken("is no whole pickle: it is cut off or damaged"); }

    std::string_view take(size_t count)
    {
        if (m_rest.size() < count)
            cutOff();
        const std::string_view out = m_rest.substr(0, count);
        m_rest.remove_prefix(count);
        return out;
    }
    template <class T> T number() { return numberAt<T>(take(sizeof(T)).data()); }
    std::string line()
    {
        const size_t end = m_rest.find('\n');
        if (end == std::string_view::npos)
            cutOff();
        std::string out(take(end));
        take(1);
        return out;
    }

    PickleValue& push(Kind kind)
    {
        if (m_values.size() >= kMostValues)
            broken("is a pickle of more than 20 million objects");
        PickleValue& out = m_values.emplace_back();
        out.kind = kind;
        m_stack.push_back(&out);
        return out;
    }
    PickleValue* pop()
    {
        if (m_stack.empty() || (!m_marks.empty() && m_stack.size() <= m_marks.back()))
            cutOff();
        PickleValue* out = m_stack.back();
        m_stack.pop_back();
        return out;
    }
    PickleValue* pop(Kind kind)
    {
        PickleValue* out = pop();
        if (out->kind != kind)
            cutOff();
        return out;
    }
    PickleValue& top(Kind kind)
    {
        if (m_stack.empty() || m_stack.back()->kind != kind)
            cutOff();
        return *m_stack.back();
    }
    size_t mark()
    {
        if (m_marks.empty())
            cutOff();
        const size_t out = m_marks.back();
        m_marks.pop_back();
        if (out > m_stack.size()) // a tuple took what was there before the mark
            cutOff();
        return out;
    }
    std::vector<PickleValue*> popToMark()
    {
        const size_t first = mark();
        std::vector<PickleValue*> out(m_stack.begin() + int64_t(first), m_stack.end());
        m_stack.resize(first);
        return out;
    }
    void pushTuple(size_t count)
    {
        if (count > m_stack.size())
            cutOff();
        std::vector<PickleValue*> items(m_stack.end() - int64_t(count), m_stack.end());
        m_stack.resize(m_stack.size() - count);
        push(Kind::List).items = std::move(items);
    }
    void pushBytes(size_t count)
    {
        const std::string_view bytes = take(count);
        push(Kind::Bytes).bytes = bytes;
    }
    void pushLong()
    {
        const std::string_view bytes = take(number<uint8_t>());
        if (bytes.size() > 8)
            broken("holds a whole number of more than 8 bytes");
        uint64_t value = !bytes.empty() && (bytes.back() & '\x80') ? ~uint64_t(0) : 0;
        std::memcpy(&value, bytes.data(), bytes.size());
        push(Kind::Int).number = int64_t(value);
    }
    void pushText()
    {
        const std::string text = line();
        int64_t value = 0;
        const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
        if (error != std::errc() || end != text.data() + text.size())
            cutOff();
        push(Kind::Int).number = value;
    }
    void pushName(const std::string& name)
    {
        const auto found = kNames.find(name);
        if (found == kNames.end())
            broken("is a pickle that names " + name.substr(0, 80)
                + ": only numbers, lists and NumPy's and SciPy's arrays are read, nothing is run");
        push(Kind::Name).bytes = found->second;
    }
    void setItems(PickleValue& dict, const std::vector<PickleValue*>& items) const
    {
        if (items.size() % 2 != 0)
            cutOff();
        for (size_t i = 0; i < items.size(); i += 2)
            dict.entries.emplace_back(items[i], items[i + 1]);
    }
    void keep(size_t place)
    {
        if (m_stack.empty() || m_memory.size() > kMostValues)
            cutOff();
        m_memory[place] = m_stack.back();
    }
    void recall(size_t place)
    {
        const auto found = m_memory.find(place);
        if (found == m_memory.end())
            cutOff();
        m_stack.push_back(found->second);
    }

    /// What calling `name` would give.
    void make(const PickleValue& name, const PickleValue& arguments)
    {
        if (name.bytes == "dtype") {
            if (arguments.items.empty() || arguments.items[0]->kind != Kind::Bytes)
                cutOff();
            push(Kind::Dtype).bytes = arguments.items[0]->bytes;
        } else if (name.bytes == "array") {
            push(Kind::Array);
        } else if (name.bytes == "dict") {
            push(Kind::Dict);
        } else if (name.bytes == "list") {
            push(Kind::List);
        } else if (name.bytes == "csr_matrix") {
            push(Kind::Object).bytes = name.bytes;
        } else if (name.bytes == "encode" && !arguments.items.empty() && arguments.items[0]->kind == Kind::Bytes) {
            push(Kind::Bytes).bytes = latin1(arguments.items[0]->bytes); // how Python 3 writes bytes in protocol 2
        } else {
            broken("is a pickle that calls " + name.bytes);
        }
    }

    std::string latin1(const std::string& utf8)
    {
        std::string out;
        countCopied(utf8.size());
        for (size_t i = 0; i < utf8.size(); ++i) {
            const auto c = uint8_t(utf8[i]);
            if (c < 0x80)
                out += char(c);
            else if ((c == 0xC2 || c == 0xC3) && i + 1 < utf8.size())
                out += char((c << 6) | (uint8_t(utf8[++i]) & 0x3F));
            else
                cutOff();
        }
        return out;
    }

    void build(PickleValue& of, const PickleValue& state)
    {
        if (of.kind == Kind::Object && state.kind == Kind::Dict) {
            countCopied(state.entries.size());
            of.entries = state.entries;
            return;
        }
        if (of.kind == Kind::Dtype && state.kind == Kind::List && state.items.size() > 1
            && state.items[1]->kind == Kind::Bytes) {
            const std::string& order = state.items[1]->bytes;
            if (of.bytes.size() == 2)
                of.bytes = order + of.bytes;
            return;
        }
        if (of.kind != Kind::Array || state.kind != Kind::List || state.items.size() != 5)
            broken("is a pickle of an object that is not read");
        const PickleValue &shape = *state.items[1], &type = *state.items[2], &byColumns = *state.items[3],
                          &bytes = *state.items[4];
        if (shape.kind != Kind::List || type.kind != Kind::Dtype || bytes.kind != Kind::Bytes)
            broken("is a pickle of an array of objects, not of numbers");
        countCopied(bytes.bytes.size() + shape.items.size());
        of.dtype = type.bytes;
        of.shape = shape.integers(m_subject);
        const bool turned = byColumns.number != 0 && of.shape.size() == 2;
        size_t count = 1;
        for (const int64_t side : of.shape)
            if (side < 0 || (side > 0 && count > bytes.bytes.size() / size_t(side) + 1))
                cutOff();
            else
                count *= size_t(side);
        const size_t each = bytesOf(of.dtype);
        if (each == 0 || count * each != bytes.bytes.size())
            cutOff();
        of.bytes = bytes.bytes;
        if (turned) // stored by columns
            for (int64_t row = 0; row < of.shape[0]; ++row)
                for (int64_t column = 0; column < of.shape[1]; ++column)
                    std::memcpy(of.bytes.data() + size_t(row * of.shape[1] + column) * each,
                        bytes.bytes.data() + size_t(column * of.shape[0] + row) * each, each);
    }

    std::string_view m_rest;
    size_t m_copied = 0;
    const size_t m_mostCopied;
    const std::string& m_subject;
    std::deque<PickleValue>& m_values;
    std::vector<PickleValue*> m_stack;
    std::vector<size_t> m_marks;
    std::map<size_t, PickleValue*> m_memory;
};

PickleFile::PickleFile(std::string_view bytes, const std::string& subject)
{
    m_root = PickleMachine(bytes, subject, m_values).run();
}

} // namespace clipscope
