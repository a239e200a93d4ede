// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/job_context.h"
#include "base/json.h"

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace clipscope {

/// One file of a catalogue model: where it comes from, how large, its SHA-256.
struct CatalogueFile {
    std::string name; ///< "model.safetensors", "text/vocab.txt": always inside the model's folder
    std::string url; ///< https://
    int64_t bytes = 0; ///< 0: not known
    std::string sha256; ///< empty: not known; the file is then checked by its size, its format and its tensors
};

/// One row of resources/models.json.
struct CatalogueModel {
    std::string name; ///< "clip-vit-b32"
    std::string title; ///< "OpenAI CLIP ViT-B/32"
    std::string backend; ///< "clip", "starter"
    std::string licence;
    std::string note; ///< what it is good for, in one sentence
    std::string speed; ///< "fast", "medium" or "slow": pictures a second on a processor, CLIP ViT-B/32 is medium
    std::string source; ///< the model's page, for people
    int64_t bytes = 0; ///< of the download
    int64_t memoryBytes = 0;
    std::vector<CatalogueFile> files; ///< empty for the starter (PyPI packages) and for shipped models
    bool shipped = false; ///< comes with the program (sample-clip)
};

/// A model that is there: installed under modelsHome(), shipped, or any folder the user names.
struct ModelFolder {
    std::string name;
    std::filesystem::path path;
    std::string backend; ///< "clip", "bert", "starter"
    std::string hash; ///< SHA-256 over config and weights: part of every embedding's key
    Json config; ///< config.json
    Json clipscope; ///< clipscope.json (source, licence, sha256), an empty object where there is none
};

std::vector<CatalogueModel> readCatalogue(); ///< resources/models.json; throws Error(Model)
/// Shipped ones first; folders that do not parse are left out, and so is a shipped model that the user has replaced by
/// a folder of the same name in modelsHome(). The first call after a model has come hashes it (0.5 s for 600 MB), later
/// ones take the hashes from cacheHome().
std::vector<ModelFolder> installedModels();
/// By name (installed or shipped) or by path. Throws Error(Model): unknown name (lists the known ones), not installed
/// (says `models install NAME`), a folder without config.json.
ModelFolder findModel(const std::string& nameOrFolder);
std::optional<ModelFolder> findInstalled(const std::string& name);

/// Brings a model to modelsHome()/NAME: from its catalogue URLs, or from `source` (a folder, or an http(s):// mirror
/// that serves the same file names). Resumes interrupted files, checks size and SHA-256, appears atomically; returns at
/// once when it is there and sound. Progress in bytes (the starter: steps). Stops within 500 ms and keeps what has
/// come. Throws Error(Model | Resource | Storage | Input) saying which file, why and what to try (offline, wrong
/// checksum, disk full, `source` is neither); Cancelled.
ModelFolder installModel(const std::string& name, const std::string& source, JobContext& context);

/// Integrity of an installed model: files, checksums, tensors present and finite. Empty = sound, else one sentence a
/// finding. (Golden outputs are compared by embedding/model_check.h.)
std::vector<std::string> checkModelFiles(const ModelFolder& model, JobContext& context);

} // namespace clipscope
