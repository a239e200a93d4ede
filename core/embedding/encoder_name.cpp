// SPDX-License-Identifier: GPL-3.0-or-later
#include "embedding/encoder_name.h"

#include "base/files.h"

namespace fs = std::filesystem;

namespace clipscope {

std::string encoderName(const ModelFolder& model)
{
    fs::path folder = fs::absolute(model.path).lexically_normal();
    if (!folder.has_filename()) // "folder/"
        folder = folder.parent_path();
    for (const fs::path& home : {modelsHome(), resourceDir() / "models"})
        if (folder == (fs::absolute(home) / model.name).lexically_normal())
            return model.name;
    return folder.string();
}

} // namespace clipscope
