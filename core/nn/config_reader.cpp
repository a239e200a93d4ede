// SPDX-License-Identifier: GPL-3.0-or-later
#include "nn/config_reader.h"

#include "base/error.h"

#include <utility>

namespace clipscope {

ConfigReader::ConfigReader(const Json& object, std::string subject)
    : m_object(object)
    , m_subject(std::move(subject))
{
    if (!object.is_object())
        throw Error(ErrorKind::Model, "the configuration is not a JSON object", m_subject);
}

const Json* ConfigReader::find(const std::string& key) const
{
    const auto found = m_object.find(key);
    return found == m_object.end() || found->is_null() ? nullptr : &*found;
}

void ConfigReader::refuse(const std::string& key, const std::string& expected) const
{
    throw Error(ErrorKind::Model, "\"" + key + "\" is not " + expected, m_subject);
}

int64_t ConfigReader::integer(const std::string& key, int64_t absent, int64_t low, int64_t high) const
{
    const Json* value = find(key);
    if (!value)
        return absent;
    const std::string expected = "an integer from " + std::to_string(low) + " to " + std::to_string(high);
    if (!value->is_number_integer() || (value->is_number_unsigned() && value->get<uint64_t>() > uint64_t(INT64_MAX)))
        refuse(key, expected);
    const auto number = value->get<int64_t>();
    if (number < low || number > high)
        refuse(key, expected);
    return number;
}

double ConfigReader::number(const std::string& key, double absent, double low, double high) const
{
    const Json* value = find(key);
    if (!value)
        return absent;
    if (!value->is_number() || value->get<double>() < low || value->get<double>() > high)
        refuse(key, "a number from " + std::to_string(low) + " to " + std::to_string(high));
    return value->get<double>();
}

std::string ConfigReader::text(const std::string& key, const std::string& absent) const
{
    const Json* value = find(key);
    if (!value)
        return absent;
    if (!value->is_string())
        refuse(key, "a text");
    return value->get<std::string>();
}

bool ConfigReader::flag(const std::string& key, bool absent) const
{
    const Json* value = find(key);
    if (!value)
        return absent;
    if (!value->is_boolean())
        refuse(key, "true or false");
    return value->get<bool>();
}

bool ConfigReader::set(const std::string& key) const
{
    const Json* value = find(key);
    return value && !(value->is_boolean() && !value->get<bool>());
}

} // namespace clipscope
