// SPDX-License-Identifier: GPL-3.0-or-later
#include "retrieval/clip_validation.h"

#include "nn/contrastive_loss.h"
#include "nn/device.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/mm.h>
#include <c10/core/InferenceMode.h>

#include <algorithm>

namespace clipscope {

RetrievalMetrics validateClip(const ClipModel& model, const TrainingSet& set, const TrainClipBatches& batches,
    const Tokenizer& tokenizer, int frames, const JobContext& context)
{
    return withTorchErrors("validation", [&] {
        const c10::InferenceMode guard;
        std::vector<at::Tensor> videos;
        std::vector<std::vector<int32_t>> texts;
        std::vector<std::vector<int64_t>> truth;
        for (const TrainingVideo& video : set.videos) {
            context.throwIfStopped();
            const int64_t stored = video.endFrame - video.firstFrame;
            const int64_t n = std::min<int64_t>(frames, stored);
            std::vector<int64_t> chosen;
            for (int64_t i = 0; i < n; ++i)
                chosen.push_back(video.firstFrame + (2 * i + 1) * stored / (2 * n));
            const at::Tensor rows =
                unitRows(model.imageFeatures(batches.plainPixels(chosen).to(model.device())).projected);
            videos.push_back(unitRows(rows.mean(0, true)));
            texts.push_back(tokenizer.encode(video.paragraph, size_t(model.config().text.contextLength)));
            truth.push_back({int64_t(truth.size())});
        }
        const at::Tensor scores =
            at::mm(unitRows(model.textFeatures(texts, &context)), at::cat(videos).t()).cpu().contiguous();
        Matrix matrix(truth.size(), truth.size());
        std::copy_n(scores.data_ptr<float>(), scores.numel(), matrix.values.data());
        return retrievalMetrics(matrix, truth);
    });
}

} // namespace clipscope
