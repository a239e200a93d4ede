// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/error.h"

#include <filesystem>

namespace clipscope {

/// A library whose database is damaged or gone. repairLibrary() makes it whole again.
class DamagedLibrary : public Error {
public:
    DamagedLibrary(std::string happened, const std::filesystem::path& databaseFile)
        : Error(ErrorKind::Storage, std::move(happened), databaseFile.string(),
            "Run: clipscope-cli repair --library " + databaseFile.parent_path().string()
                + " (the damaged file is kept; labels, captions and embeddings are found again; the media are "
                  "untouched).")
    {
    }
};

} // namespace clipscope
