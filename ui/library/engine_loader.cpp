// SPDX-License-Identifier: GPL-3.0-or-later
#include "library/engine_loader.h"

#include <QCoreApplication>

namespace clipscope {

std::shared_ptr<Encoder> EncoderShelf::get(const std::string& model)
{
    const std::lock_guard lock(m_mutex);
    if (m_model != model || !m_encoder) {
        m_encoder = makeEncoder(model);
        m_model = model;
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
        encoder = shelf.get(model);
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
    loaded.computesWith = QStringLiteral("%1 (%2)").arg(
        QString::fromStdString(encoder->info().device), QString::fromStdString(encoder->info().precision));
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
    return loaded;
}

} // namespace clipscope
