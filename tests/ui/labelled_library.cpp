// SPDX-License-Identifier: GPL-3.0-or-later
#include "labelled_library.h"

#include "base/files.h"
#include "base/random.h"
#include "library/embedding_store.h"

namespace clipscope::test {

namespace {
constexpr double kNoise = .22; // of each of the vector's numbers, whose text has length 1
constexpr double kShared = .8; // of green's word that red has as well
} // namespace

LabelledLibrary makeLabelled(const std::filesystem::path& folder, int train, int test, bool split)
{
    LabelledLibrary out;
    out.library = VideoLibrary::openOrCreate(folder / "labelled.clipscope");
    out.encoder = makeEncoder("fake");
    const EncoderInfo& info = out.encoder->info();
    out.key.model = info.name;
    out.key.modelHash = info.modelHash;
    out.key.sampler = "video";
    out.key.precision = info.precision;
    out.key.jointDim = info.jointDim;
    out.key.featureDim = info.featureDim;
    out.library->storeKey(out.key);
    EmbeddingStore store(out.library->folder(), out.key);
    const std::vector<std::string> labels{"blue", "green", "red"};
    const Matrix words = out.encoder->encodeTexts(labels, JobContext());
    Random random(7);
    for (size_t l = 0; l < labels.size(); ++l) {
        for (int i = 0; i < train + test; ++i) {
            VideoRecord video;
            video.path = "/films/" + labels[l] + std::to_string(i) + ".mp4";
            video.hash = sha256(video.path.string());
            video.info.durationSec = 4;
            video.sampledFrames = video.usableFrames = 1;
            out.library->store(video);
            out.library->setLabel(video.id, labels[l]);
            if (split)
                out.library->setSplit(video.id, i < train ? "train" : "test");
            VideoEmbedding embedding;
            embedding.durationSec = 4;
            embedding.askedFrames = 1;
            embedding.timesSec = {2};
            embedding.joint.dim = info.jointDim;
            std::vector<float> vector(words.row(l).begin(), words.row(l).end());
            for (size_t d = 0; d < vector.size(); ++d)
                vector[d] += float((labels[l] == "red" ? kShared * words.at(1, d) : 0) + kNoise * random.normal());
            normalise(vector);
            embedding.features.dim = info.featureDim;
            embedding.features.values.assign(vector.begin(), vector.begin() + info.featureDim);
            normalise(embedding.features.values);
            embedding.joint.values = std::move(vector);
            store.write(*out.library->video(video.id), embedding);
        }
    }
    return out;
}

} // namespace clipscope::test
