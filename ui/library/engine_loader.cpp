// SPDX-License-Identifier: GPL-3.0-or-later
#include "library/engine_loader.h"

#include "embedding/precision_choice.h"
#include "retrieval/imported_encoder.h"

#include <QCoreApplication>

namespace clipscope {

std::shared_ptr<Encoder> EncoderShelf::get(const std::string& model, const std::string& precision)
{
    const std::lock_guard lock(m_mutex);
    if (m_model != model || m_precision != precision || !m_encoder) {
        m_encoder.reset(); // two models at once would take the memory of both
        EncoderOptions options;
        options.precision = precision;
        m_encoder = makeEncoder(model, options);
        m_model = model;
        // What was measured serves who asks for it by name.
        m_precision = m_encoder->info().precision;
    }
    return m_encoder;
}

LoadedEngine loadEngine(const std::shared_ptr<VideoLibrary>& library, const std::string& model, EncoderShelf& shelf,
    const JobContext& context)
{
    LoadedEngine loaded;
    loaded.model = model;
    const EmbeddingKey key = library->embeddingKey(model);
    std::shared_ptr<Encoder> encoder;
    try {
        // The program that made imported vectors is not here; what stands in for it knows the texts that came along.
        encoder = isImported(key) ? importedEncoder(*library, key) : shelf.get(model, precisionToSearchIn(key, "auto"));
    } catch (const Error& e) {
        if (e.kind() != ErrorKind::Model)
            throw;
        loaded.problem = QString::fromUtf8(e.what());
        if (model == kStarterModel)
            loaded.remedy = QStringLiteral("models.installStarter");
        return loaded;
    }
    loaded.title = QString::fromStdString(encoder->info().title);
    loaded.note = QString::fromStdString(encoder->info().note);
    if (!isImported(key))
        loaded.computation =
            QStringLiteral("%1 on %2")
                .arg(QString::fromStdString(encoder->info().precision), QString::fromStdString(encoder->info().device));
    // Vectors of two different models have nothing to say to each other.
    if (encoder->info().modelHash != key.modelHash) {
        loaded.problem = QCoreApplication::translate(
            "LibrarySession", "%1 has changed since this library was embedded with it. Embed the library once more.")
                             .arg(loaded.title);
        loaded.remedy = QStringLiteral("library.embed");
        return loaded;
    }
    loaded.engine = std::make_shared<SearchEngine>(library, encoder, key);
    loaded.engine->refresh(context);
    loaded.searched = loaded.engine->searchedVideos();
    loaded.encoder = encoder;
    loaded.key = key;
    return loaded;
}

} // namespace clipscope
