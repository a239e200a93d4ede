// SPDX-License-Identifier: GPL-3.0-or-later
#include "composition.h"

#include "base/error.h"
#include "embedding/encoder_name.h"
#include "embedding/precision_choice.h"
#include "models/model_catalogue.h"
#include "retrieval/imported_encoder.h"

namespace fs = std::filesystem;

namespace clipscope {

namespace {

std::shared_ptr<Encoder> encoderOf(const VideoLibrary& library, const EmbeddingKey& key, const std::string& device)
{
    if (isImported(key))
        return importedEncoder(library, key);
    EncoderOptions options;
    options.device = device;
    options.precision = precisionToSearchIn(key, device);
    std::shared_ptr<Encoder> encoder = makeEncoder(key.model, options);
    // Vectors of two different models have nothing to say to each other.
    if (encoder->info().modelHash != key.modelHash)
        throw Error(ErrorKind::Model, "has changed since this library was embedded with it", key.model,
            "Run `clipscope-cli embed` with --model " + key.model + " once more.");
    return encoder;
}

} // namespace

EmbeddedLibrary openEmbedded(const LibraryChoice& choice)
{
    EmbeddedLibrary out;
    out.library = VideoLibrary::open(choice.folder);
    out.key = out.library->embeddingKey(modelSpelling(choice.model));
    out.encoder = encoderOf(*out.library, out.key, choice.device);
    return out;
}

SearchSetup openSearch(
    const LibraryChoice& choice, MatchBy by, bool namesMaySuffice, const std::string& index, const JobContext& context)
{
    const std::shared_ptr<VideoLibrary> library = VideoLibrary::open(choice.folder);
    const bool fallBack = namesMaySuffice && by == MatchBy::Both && choice.model.empty();
    SearchSetup out;
    EmbeddingKey key;
    std::shared_ptr<Encoder> encoder;
    if (by == MatchBy::Names) {
        // Words against words: nothing to load.
    } else if (fallBack && library->embeddingKeys().empty()) {
        out.note = "Nothing is embedded yet: names, captions and subtitles alone are searched. `clipscope-cli embed"
                   " --library "
            + choice.folder.string() + "` makes the pictures searchable.";
    } else {
        key = library->embeddingKey(modelSpelling(choice.model));
        try {
            encoder = encoderOf(*library, key, choice.device);
            if (fallBack && !encoder->info().encodesAnyText) {
                encoder.reset();
                out.note =
                    "Names, captions and subtitles alone are searched: the vectors were imported, and only texts that"
                    " came with vectors of their own can be compared with them (--by picture).";
            }
        } catch (const Error& e) {
            if (!fallBack || e.kind() != ErrorKind::Model)
                throw;
            out.note = "Names, captions and subtitles alone are searched. " + std::string(e.what());
        }
    }
    out.engine = std::make_unique<SearchEngine>(library, encoder, encoder ? key : EmbeddingKey(), index);
    out.engine->refresh(context);
    return out;
}

std::string modelSpelling(const std::string& nameOrFolder)
{
    try {
        return nameOrFolder.empty() ? std::string() : encoderName(findModel(nameOrFolder));
    } catch (const Error&) {
        // Nothing installed and no folder: whoever opens it knows more names, or says what is missing.
        return nameOrFolder;
    }
}

} // namespace clipscope
