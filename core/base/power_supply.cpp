// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/power_supply.h"

#include <fstream>
#include <string>

namespace fs = std::filesystem;

namespace clipscope {

namespace {

/// The first line; empty where there is no such file.
std::string fact(const fs::path& supply, const char* name)
{
    std::string line;
    std::ifstream in(supply / name);
    std::getline(in, line);
    return line;
}

} // namespace

bool runsOnBattery(const fs::path& supplies)
{
    bool emptied = false;
    std::error_code failed;
    for (fs::directory_iterator it(supplies, failed), end; !failed && it != end; it.increment(failed)) {
        const fs::path& supply = it->path();
        const std::string type = fact(supply, "type");
        // "Mains", "USB", "USB_C", "Wireless", ...: what is no battery brings power in.
        if (type != "Battery" && type != "UPS") {
            const std::string online = fact(supply, "online");
            if (!online.empty() && online != "0")
                return false;
        } else if (fact(supply, "scope") != "Device") {
            emptied = emptied || fact(supply, "status") == "Discharging";
        }
    }
    return emptied;
}

} // namespace clipscope
