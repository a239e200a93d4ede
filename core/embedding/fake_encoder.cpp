// SPDX-License-Identifier: GPL-3.0-or-later
#include "embedding/fake_encoder.h"

#include "base/files.h"
#include "base/random.h"
#include "embedding/precision_choice.h"
#include "nn/resolved_device.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <mutex>

namespace clipscope {

namespace {

constexpr int kSize = 32, kGrid = 4, kJoint = 64, kFeatures = 3 * kGrid * kGrid;
constexpr float kLayoutShare = .3F; ///< of the coarse layout in a picture's joint vector

struct NamedColour {
    const char* word;
    std::array<int, 3> rgb;
};

constexpr std::array<NamedColour, 9> kColours{{{"red", {220, 30, 30}}, {"green", {30, 180, 30}},
    {"blue", {30, 60, 220}}, {"yellow", {230, 220, 40}}, {"magenta", {220, 40, 220}}, {"cyan", {40, 210, 220}},
    {"white", {245, 245, 245}}, {"gray", {128, 128, 128}}, {"black", {10, 10, 10}}}};

std::vector<float> direction(uint64_t seed, const std::string& name, int dim)
{
    Random random(deriveSeed(seed, name));
    std::vector<float> out(size_t(dim), 0.F);
    for (float& value : out)
        value = float(random.normal());
    normalise(out);
    return out;
}

void add(std::span<float> to, std::span<const float> direction, float weight)
{
    for (size_t i = 0; i < to.size(); ++i)
        to[i] += weight * direction[i];
}

size_t nearestColour(const uint8_t* pixel)
{
    const auto distance = [&](const NamedColour& colour) {
        int sum = 0;
        for (size_t c = 0; c < 3; ++c)
            sum += (int(pixel[c]) - colour.rgb[c]) * (int(pixel[c]) - colour.rgb[c]);
        return sum;
    };
    return size_t(std::min_element(kColours.begin(), kColours.end(), [&](const auto& a, const auto& b) {
        return distance(a) < distance(b);
    }) - kColours.begin());
}

/// Mean colour of each cell of a 4 x 4 grid, in [-1, 1].
std::array<float, kFeatures> coarseLayout(const RgbImage& frame)
{
    constexpr int kCell = kSize / kGrid;
    std::array<float, kFeatures> out{};
    for (int y = 0; y < kSize; ++y)
        for (int x = 0; x < kSize; ++x)
            for (int c = 0; c < 3; ++c)
                out[size_t((y / kCell * kGrid + x / kCell) * 3 + c)] += float(frame.row(y)[3 * x + c]);
    for (float& value : out)
        value = value / (kCell * kCell * 127.5F) - 1;
    return out;
}

std::vector<std::string> wordsOf(const std::string& text)
{
    std::vector<std::string> words(1);
    for (const char c : text) {
        const char lower = c >= 'A' && c <= 'Z' ? char(c - 'A' + 'a') : c;
        if ((lower >= 'a' && lower <= 'z') || (lower >= '0' && lower <= '9') || uint8_t(lower) >= 0x80)
            words.back() += lower;
        else if (!words.back().empty())
            words.emplace_back();
    }
    if (words.back().empty())
        words.pop_back();
    return words;
}

class FakeEncoder : public Encoder {
public:
    FakeEncoder(const std::string& name, uint64_t seed)
        : m_seed(seed)
    {
        m_info.name = name;
        m_info.title = "Fake";
        m_info.note = "seeded numbers for tests: knows colours and equal words";
        m_info.modelHash = sha256("clipscope fake encoder 1, seed " + std::to_string(seed));
        m_info.jointDim = kJoint;
        m_info.featureDim = kFeatures;
        m_info.fit = FrameFit::centreSquare(kSize, 1);
        m_info.device = "cpu";
        m_info.precision = "fp32";
        for (const NamedColour& colour : kColours)
            m_colours.push_back(direction(seed, colour.word, kJoint));
        for (int i = 0; i < kFeatures; ++i) {
            m_layoutJoint.push_back(direction(deriveSeed(seed, "layout"), std::to_string(i), kJoint));
            m_layoutFeatures.push_back(direction(deriveSeed(seed, "features"), std::to_string(i), kFeatures));
        }
        m_empty = direction(seed, "", kJoint);
        m_emptyFeatures = direction(seed, "no features", kFeatures);
    }

    const EncoderInfo& info() const override { return m_info; }

    FrameEmbeddings encodeFrames(std::span<const RgbImage> frames, const JobContext& context) override
    {
        const std::scoped_lock lock(m_mutex);
        FrameEmbeddings out{Matrix(frames.size(), kJoint), Matrix(frames.size(), kFeatures)};
        for (size_t i = 0; i < frames.size(); ++i) {
            context.throwIfStopped();
            const bool fits = frames[i].width == kSize && frames[i].height == kSize;
            encode(fits ? frames[i] : fitImage(frames[i], m_info.fit), out.joint.row(i), out.features.row(i));
        }
        return out;
    }

    Matrix encodeTexts(std::span<const std::string> texts, const JobContext& context) override
    {
        const std::scoped_lock lock(m_mutex);
        Matrix out(texts.size(), kJoint);
        for (size_t i = 0; i < texts.size(); ++i) {
            context.throwIfStopped();
            const std::vector<std::string> words = wordsOf(texts[i]);
            for (const std::string& word : words)
                add(out.row(i), direction(m_seed, word, kJoint), 1);
            add(out.row(i), m_empty, words.empty() ? 1.F : 1e-3F); // never a zero row
        }
        normaliseRows(out);
        return out;
    }

private:
    void encode(const RgbImage& frame, std::span<float> joint, std::span<float> features) const
    {
        std::array<int, kColours.size()> counts{};
        for (size_t i = 0; i < frame.pixels.size(); i += 3)
            ++counts[nearestColour(frame.pixels.data() + i)];
        for (size_t i = 0; i < counts.size(); ++i)
            add(joint, m_colours[i], float(counts[i]) / (kSize * kSize));
        const std::array<float, kFeatures> layout = coarseLayout(frame);
        add(features, m_emptyFeatures, 1e-3F);
        for (size_t i = 0; i < layout.size(); ++i) {
            add(joint, m_layoutJoint[i], kLayoutShare * layout[i] / kFeatures);
            add(features, m_layoutFeatures[i], layout[i]);
        }
        normalise(joint);
        normalise(features);
    }

    uint64_t m_seed;
    EncoderInfo m_info;
    std::vector<std::vector<float>> m_colours, m_layoutJoint, m_layoutFeatures;
    std::vector<float> m_empty, m_emptyFeatures;
    std::mutex m_mutex;
};

} // namespace

std::shared_ptr<Encoder> makeFakeEncoder(const std::string& nameOrFolder, const EncoderOptions& options)
{
    if (nameOrFolder != "fake" && !nameOrFolder.starts_with("fake:"))
        return nullptr;
    uint64_t seed = 0;
    if (nameOrFolder != "fake") {
        const char* end = nameOrFolder.data() + nameOrFolder.size();
        const auto [last, fault] = std::from_chars(nameOrFolder.data() + 5, end, seed);
        if (fault != std::errc() || last != end)
            throw Error(ErrorKind::Input, "the seed is no number", nameOrFolder, "Write fake or fake:SEED.");
    }
    resolvedDevice(options.device);
    requireFp32(options, "the fake");
    return std::make_shared<FakeEncoder>(nameOrFolder, seed);
}

} // namespace clipscope
