// SPDX-License-Identifier: GPL-3.0-or-later
#include "models/tokenizer.h"

#include "base/error.h"
#include "base/json.h"

namespace fs = std::filesystem;

namespace clipscope {

namespace {

/// What tokenizer_config.json says, where there is one; BERT models in lower case are the rule.
bool lowersCase(const fs::path& folder)
{
    const fs::path path = folder / "tokenizer_config.json";
    std::error_code ignored;
    if (!fs::exists(path, ignored))
        return true;
    try {
        const Json config = readJsonFile(path, int64_t(1) << 24);
        const auto found = config.find("do_lower_case");
        if (found == config.end() || found->is_null())
            return true;
        if (found->is_boolean())
            return found->get<bool>();
    } catch (const Error& e) {
        throw Error(ErrorKind::Model, e.happened(), path.string(), e.remedy());
    }
    throw Error(ErrorKind::Model, "says do_lower_case, but not as true or false", path.string());
}

} // namespace

std::unique_ptr<Tokenizer> loadTokenizer(const fs::path& modelFolder)
{
    std::error_code ignored;
    auto has = [&](const char* name) { return fs::exists(modelFolder / name, ignored); };
    if (has("vocab.json") && has("merges.txt"))
        return loadClipTokenizer(modelFolder / "vocab.json", modelFolder / "merges.txt");
    if (has("vocab.txt"))
        return loadWordPieceTokenizer(modelFolder / "vocab.txt", lowersCase(modelFolder));
    const bool half = has("vocab.json") || has("merges.txt");
    throw Error(ErrorKind::Model,
        half ? std::string("has ")
                + (has("vocab.json") ? "vocab.json but no merges.txt" : "merges.txt but no vocab.json")
             : "has no tokenizer",
        modelFolder.string(), "A model's folder needs vocab.json and merges.txt, or vocab.txt, from the same model.");
}

} // namespace clipscope
