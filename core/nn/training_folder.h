// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/json.h"

#include <cstdint>
#include <filesystem>

namespace clipscope {

/// The folder of an unfinished training: what it was started with, and its checkpoint.
class TrainingFolder {
public:
    /// Makes the folder, or takes it over from the same training, stopped or killed. `config` and `seed` are what makes
    /// two trainings the same one. Throws Error(Input) naming `product` when another training is unfinished there,
    /// Error(Storage).
    TrainingFolder(
        std::filesystem::path folder, const Json& config, uint64_t seed, const std::filesystem::path& product);

    const std::filesystem::path& path() const { return m_folder; }
    std::filesystem::path checkpoint() const { return m_folder / "checkpoint.safetensors"; }
    bool hasCheckpoint() const;
    /// The training is done: nothing of it is needed any more.
    void remove() const;

private:
    std::filesystem::path m_folder;
};

} // namespace clipscope
