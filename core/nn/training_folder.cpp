// SPDX-License-Identifier: GPL-3.0-or-later
#include "nn/training_folder.h"

#include "base/error.h"
#include "base/files.h"

namespace fs = std::filesystem;

namespace clipscope {

TrainingFolder::TrainingFolder(fs::path folder, const Json& config, uint64_t seed, const fs::path& product)
    : m_folder(std::move(folder))
{
    std::error_code code;
    fs::create_directories(m_folder, code);
    if (code)
        throw Error(ErrorKind::Storage, "the folder cannot be made: " + code.message(), m_folder.string());
    const fs::path file = m_folder / "config.json";
    const Json wanted = {{"config", config}, {"seed", seed}};
    if (fs::exists(file, code) && readJsonFile(file) != wanted)
        throw Error(ErrorKind::Input, "holds an unfinished training with other settings", product.string(),
            "Repeat that training's command, give another name, or remove the folder " + m_folder.string() + ".");
    writeFileAtomically(file, wanted.dump(1));
}

bool TrainingFolder::hasCheckpoint() const
{
    std::error_code ignored;
    return fs::exists(checkpoint(), ignored);
}

void TrainingFolder::remove() const
{
    std::error_code ignored;
    fs::remove_all(m_folder, ignored);
}

} // namespace clipscope
