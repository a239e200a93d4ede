// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/json.h"

#include <cstdint>
#include <string>

namespace clipscope {

/// Reads checked values out of a model's JSON configuration; every refusal is an Error(Model) that names file and key.
/// An absent or null key gives the default. Keeps a reference to `object`.
class ConfigReader {
public:
    ConfigReader(const Json& object, std::string subject);
    const std::string& subject() const { return m_subject; }
    /// An integer in [low, high].
    int64_t integer(const std::string& key, int64_t absent, int64_t low, int64_t high) const;
    double number(const std::string& key, double absent, double low, double high) const;
    std::string text(const std::string& key, const std::string& absent) const;
    bool flag(const std::string& key, bool absent) const;
    /// There, and neither null nor false.
    bool set(const std::string& key) const;

private:
    const Json* find(const std::string& key) const;
    [[noreturn]] void refuse(const std::string& key, const std::string& expected) const;

    const Json& m_object;
    std::string m_subject;
};

} // namespace clipscope
