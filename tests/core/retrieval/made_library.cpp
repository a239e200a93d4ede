// SPDX-License-Identifier: GPL-3.0-or-later
#include "made_library.h"

#include "base/files.h"

#include <cmath>
#include <sstream>
#include <thread>

namespace clipscope::test {

namespace {

int axisOf(const std::string& word)
{
    static const std::vector<std::string> words = {"red", "green", "blue", "dog", "cat", "rain"};
    const auto found = std::find(words.begin(), words.end(), word);
    return found == words.end() ? AxisEncoder::kDim - 1 : int(found - words.begin());
}

std::vector<float> turnedRound(std::vector<float> v)
{
    std::reverse(v.begin(), v.end());
    return v;
}

} // namespace

AxisEncoder::AxisEncoder(bool withFeatures)
{
    m_info.name = "axis";
    m_info.title = "Axis model";
    m_info.modelHash = "axis-hash";
    m_info.jointDim = kDim;
    m_info.featureDim = withFeatures ? kDim : 0;
    m_info.device = "cpu";
    m_info.precision = "fp32";
}

FrameEmbeddings AxisEncoder::encodeFrames(std::span<const RgbImage> frames, const JobContext& context)
{
    ++pictureCalls;
    context.throwIfStopped();
    FrameEmbeddings out;
    for (const RgbImage& frame : frames) {
        const std::vector<float> v = cosines({{frame.pixels.at(0), 1}});
        out.joint.append(v);
        if (m_info.featureDim > 0)
            out.features.append(turnedRound(v));
    }
    return out;
}

Matrix AxisEncoder::encodeTexts(std::span<const std::string> texts, const JobContext& context)
{
    ++textCalls;
    while (waitForStop) {
        context.throwIfStopped();
        std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    Matrix out;
    for (const std::string& text : texts) {
        std::vector<float> v(kDim);
        std::istringstream words(text);
        for (std::string word; words >> word;)
            v[size_t(axisOf(word))] += 1;
        normalise(v);
        out.append(v);
    }
    return out;
}

std::string AxisEncoder::languageNote(const std::string& text) const
{
    return text.find("rouge") == std::string::npos ? "" : "The axis model knows English only.";
}

RgbImage AxisEncoder::pictureOf(int axis)
{
    RgbImage out(2, 2);
    out.pixels[0] = uint8_t(axis);
    return out;
}

std::vector<float> cosines(std::initializer_list<std::pair<int, double>> parts)
{
    std::vector<float> out(AxisEncoder::kDim);
    double squares = 0;
    for (const auto& [axis, value] : parts) {
        out.at(size_t(axis)) += float(value);
        squares += value * value;
    }
    out.back() += float(std::sqrt(std::max(0., 1 - squares)));
    return out;
}

MadeLibrary::MadeLibrary(bool withFeatures)
    : library(VideoLibrary::openOrCreate(m_dir / "lib.clipscope"))
{
    key.model = "axis";
    key.modelHash = "axis-hash";
    key.sampler = "video";
    key.jointDim = AxisEncoder::kDim;
    key.featureDim = withFeatures ? AxisEncoder::kDim : 0;
    library->storeKey(key);
}

VideoId MadeLibrary::addVideo(const std::string& name, double durationSec, const std::string& split)
{
    VideoRecord record;
    record.path = std::filesystem::path("/films") / name;
    record.importRoot = "/films";
    record.hash = sha256(name);
    record.info.durationSec = durationSec;
    record.split = split;
    library->store(record);
    return record.id;
}

VideoId MadeLibrary::add(
    const std::string& name, const std::vector<std::vector<float>>& frames, double spacingSec, const std::string& split)
{
    const VideoId id = addVideo(name, double(frames.size()) * spacingSec, split);
    embed(id, frames, spacingSec);
    return id;
}

void MadeLibrary::embed(VideoId id, const std::vector<std::vector<float>>& frames, double spacingSec)
{
    VideoEmbedding e;
    e.joint.dim = key.jointDim;
    e.features.dim = key.featureDim;
    e.askedFrames = int(frames.size());
    e.durationSec = double(frames.size()) * spacingSec;
    for (size_t i = 0; i < frames.size(); ++i) {
        e.timesSec.push_back((double(i) + .5) * spacingSec);
        e.joint.values.insert(e.joint.values.end(), frames[i].begin(), frames[i].end());
        if (key.featureDim > 0) {
            const std::vector<float> turned = turnedRound(frames[i]);
            e.features.values.insert(e.features.values.end(), turned.begin(), turned.end());
        }
    }
    EmbeddingStore(library->folder(), key).write(*library->video(id), e);
}

void MadeLibrary::caption(VideoId id, const std::string& text, std::optional<double> startSec,
    std::optional<double> endSec, CaptionSource source)
{
    std::vector<Caption> captions;
    for (Caption& known : library->captions(id))
        if (known.source == source)
            captions.push_back(std::move(known));
    captions.push_back({id, text, startSec, endSec, source});
    library->setCaptions(id, source, captions);
}

} // namespace clipscope::test
