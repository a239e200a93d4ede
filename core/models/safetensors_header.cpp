// SPDX-License-Identifier: GPL-3.0-or-later
#include "models/safetensors_header_internal.h"

#include "base/error.h"
#include "base/text.h"

#include <algorithm>
#include <optional>
#include <utility>

namespace clipscope {

namespace {

constexpr const char* kRemedy = "The file is damaged or was not made by a safetensors writer: fetch it again.";

std::string inQuotes(const std::string& name)
{
    // A hostile name may be megabytes long.
    std::string quoted(1, '"');
    quoted += validUtf8(std::string_view(name).substr(0, 200));
    return quoted += name.size() > 200 ? "...\"" : "\"";
}

/// The header as a stream of JSON events: no document tree (a header may name a million tensors), no recursion (nesting
/// deeper than the format's three levels stops at once), and two equal keys are seen.
class HeaderReader : public nlohmann::json_sax<nlohmann::json> {
public:
    HeaderReader(SafetensorsHeader& header, const std::filesystem::path& path)
        : m_header(header)
        , m_path(path)
    {
    }

    bool null() override { return unexpected("null"); }
    bool boolean(bool) override { return unexpected("a truth value"); }
    bool number_integer(number_integer_t) override { return unexpected("a negative number"); }
    bool number_float(number_float_t, const string_t& text) override
    {
        return unexpected("the number " + text.substr(0, 40));
    }
    bool binary(binary_t&) override { return unexpected("binary data"); }
    bool number_unsigned(number_unsigned_t value) override
    {
        if (m_place != Place::Array)
            return unexpected("a number");
        if (value > uint64_t(INT64_MAX))
            return unexpected("the number " + std::to_string(value));
        if (m_field == "shape" && m_entry.shape.size() >= 64)
            return unexpected("more than 64 dimensions");
        if (m_field == "shape")
            m_entry.shape.push_back(int64_t(value));
        else
            m_offsets.push_back(value);
        return true;
    }
    bool string(string_t& value) override
    {
        if (m_place == Place::Metadata)
            m_header.metadata[m_field] = value;
        else if (m_place == Place::Tensor && m_field == "dtype")
            m_dtype = value;
        else
            return unexpected("a text");
        return true;
    }
    bool start_object(size_t) override
    {
        if (m_place == Place::Outside)
            m_place = Place::Top;
        else if (m_place == Place::Top)
            startEntry();
        else
            return unexpected("an object");
        return true;
    }
    bool key(string_t& name) override
    {
        if (m_place == Place::Top) {
            const bool fresh =
                name == "__metadata__" ? !std::exchange(m_hasMetadata, true) : !m_header.tensors.contains(name);
            if (!fresh)
                refuse("names " + inQuotes(name) + " twice");
            m_name = name;
        } else if (m_place == Place::Metadata) {
            if (m_header.metadata.contains(name))
                refuse("names the metadata " + inQuotes(name) + " twice");
            m_field = name;
        } else {
            if (name != "dtype" && name != "shape" && name != "data_offsets")
                refuse("says " + inQuotes(name) + " of the tensor " + inQuotes(m_name)
                    + ", which the format does not know");
            if (std::find(m_seen.begin(), m_seen.end(), name) != m_seen.end())
                refuse("says " + inQuotes(name) + " of the tensor " + inQuotes(m_name) + " twice");
            m_seen.push_back(name);
            m_field = name;
        }
        return true;
    }
    bool end_object() override
    {
        if (m_place == Place::Tensor)
            finishEntry();
        m_place = m_place == Place::Top ? Place::Outside : Place::Top;
        return true;
    }
    bool start_array(size_t) override
    {
        if (m_place != Place::Tensor || m_field == "dtype")
            return unexpected("a list");
        m_place = Place::Array;
        return true;
    }
    bool end_array() override
    {
        m_place = Place::Tensor;
        return true;
    }
    bool parse_error(size_t position, const std::string&, const nlohmann::detail::exception&) override
    {
        refuse("is not valid JSON at byte " + std::to_string(position));
    }

private:
    enum class Place { Outside, Top, Metadata, Tensor, Array };

    [[noreturn]] void refuse(const std::string& why) const
    {
        throw Error(ErrorKind::Model, "is not a valid safetensors file: its header " + why, m_path.string(), kRemedy);
    }
    bool unexpected(const std::string& what) const
    {
        switch (m_place) {
        case Place::Outside:
            refuse("is not a JSON object");
        case Place::Top:
            refuse("has " + what + " where " + inQuotes(m_name) + " must be described");
        case Place::Metadata:
            refuse("has " + what + " in the metadata " + inQuotes(m_field) + ", which must be a text");
        default:
            refuse("has " + what + " in the " + m_field + " of the tensor " + inQuotes(m_name));
        }
    }
    void startEntry()
    {
        m_place = m_name == "__metadata__" ? Place::Metadata : Place::Tensor;
        m_entry = {};
        m_dtype.reset();
        m_offsets.clear();
        m_seen.clear();
    }
    void finishEntry()
    {
        const std::string tensor = "tensor " + inQuotes(m_name);
        if (m_seen.size() != 3)
            refuse("does not say dtype, shape and data_offsets of the " + tensor);
        m_entry.dtype = dtypeNamed(*m_dtype);
        // Signed, as the number of elements is counted everywhere else: [2^63 - 1, 2, 0] fits 64 bits without a sign
        // only.
        auto bytes = int64_t(sizeOf(m_entry.dtype));
        for (const int64_t size : m_entry.shape) {
            if (__builtin_mul_overflow(bytes, size, &bytes))
                refuse("gives the " + tensor + " a size that overflows 64 bits");
        }
        if (m_offsets.size() != 2)
            refuse("gives the " + tensor + " " + std::to_string(m_offsets.size()) + " data offsets instead of 2");
        m_entry.begin = m_offsets[0];
        m_entry.end = m_offsets[1];
        if (m_entry.begin > m_entry.end)
            refuse("gives the " + tensor + " data that end before they begin");
        if (m_entry.end - m_entry.begin != uint64_t(bytes))
            refuse("gives the " + tensor + " " + std::to_string(m_entry.end - m_entry.begin)
                + " bytes, its shape needs " + std::to_string(bytes));
        m_header.tensors.emplace(m_name, std::move(m_entry));
    }
    DType dtypeNamed(const std::string& name) const
    {
        for (const DType type : {DType::F64, DType::F32, DType::F16, DType::BF16, DType::I64, DType::I32, DType::I16,
                 DType::I8, DType::U8, DType::Bool}) {
            if (name == toString(type))
                return type;
        }
        refuse("gives the tensor " + inQuotes(m_name) + " the type " + inQuotes(name) + ", which is not supported");
    }

    SafetensorsHeader& m_header;
    const std::filesystem::path& m_path;
    Place m_place = Place::Outside;
    bool m_hasMetadata = false;
    std::string m_name;
    std::string m_field;
    std::vector<std::string> m_seen;
    TensorEntry m_entry;
    std::optional<std::string> m_dtype;
    std::vector<uint64_t> m_offsets;
};

/// Tensors must lie one after the other from the first data byte to the last: no byte is shared, none is hidden.
void checkLayout(const SafetensorsHeader& header, uint64_t dataBytes, const std::filesystem::path& path)
{
    using Item = std::pair<const std::string, TensorEntry>;
    std::vector<const Item*> order;
    order.reserve(header.tensors.size());
    for (const Item& item : header.tensors)
        order.push_back(&item);
    std::sort(order.begin(), order.end(), [](const Item* a, const Item* b) {
        return std::pair(a->second.begin, a->second.end) < std::pair(b->second.begin, b->second.end);
    });
    auto refuse = [&](const std::string& why) {
        throw Error(ErrorKind::Model, "is not a valid safetensors file: " + why, path.string(), kRemedy);
    };
    uint64_t at = 0;
    for (const Item* item : order) {
        if (item->second.begin < at)
            refuse("the tensor " + inQuotes(item->first) + " overlaps another one");
        if (item->second.begin > at)
            refuse("there is a hole of " + std::to_string(item->second.begin - at) + " bytes before the tensor "
                + inQuotes(item->first));
        if (item->second.end > dataBytes)
            refuse("the tensor " + inQuotes(item->first) + " ends " + std::to_string(item->second.end - dataBytes)
                + " bytes past the end of the file (the file is cut short)");
        at = item->second.end;
    }
    if (at != dataBytes)
        refuse(std::to_string(dataBytes - at) + " bytes at its end belong to no tensor");
}

} // namespace

SafetensorsHeader readSafetensorsHeader(std::string_view json, uint64_t dataBytes, const std::filesystem::path& path)
{
    auto refuse = [&](const std::string& why) {
        throw Error(ErrorKind::Model, "is not a valid safetensors file: its header " + why, path.string(), kRemedy);
    };
    if (!isValidUtf8(json))
        refuse("is not UTF-8 text");
    if (json.empty() || json.front() != '{')
        refuse("does not start with {");
    const size_t last = json.find_last_not_of(' ');
    if (json[last] != '}')
        refuse("does not end with } and spaces");
    // Never a part of JSON, but nlohmann takes it for the end: tensors behind it would go unseen.
    if (const size_t nul = json.find('\0'); nul != std::string_view::npos)
        refuse("is not valid JSON at byte " + std::to_string(nul));
    SafetensorsHeader header;
    HeaderReader reader(header, path);
    nlohmann::json::sax_parse(json.begin(), json.begin() + std::ptrdiff_t(last) + 1, &reader);
    checkLayout(header, dataBytes, path);
    return header;
}

} // namespace clipscope
