// SPDX-License-Identifier: GPL-3.0-or-later
#include "probe/lp_plus_plus.h"

#include "base/error.h"
#include "probe/matrix_products.h"
#include "probe/softmax.h"
#include "probe/vector_kernels.h"

#include <algorithm>
#include <cmath>

namespace clipscope {

namespace {

constexpr double kBlendAtStart = 250;
constexpr int kMostIterations = 1000;

class Training {
public:
    Training(const Matrix& vectors, std::span<const int> labels, const LinearClassifier& words,
        const LpPlusPlusOptions& options)
        : m_vectors(vectors)
        , m_labels(labels)
        , m_words(words)
        , m_options(options)
        , m_texts(words.scores(vectors))
        , m_step(4 * double(vectors.rows) / largestEigenvalue(vectors))
        , m_weights(words.weights.values.size())
        , m_bias(size_t(words.classes()))
        , m_velocity(m_weights.size() + m_bias.size())
        , m_blendGradient(m_bias.size())
    {
        const size_t classes = m_bias.size();
        std::vector<double> own(classes), squares(classes);
        std::vector<int> counts(classes);
        for (size_t i = 0; i < vectors.rows; ++i) {
            const auto label = size_t(labels[i]);
            const std::span<float> weights = std::span(m_weights).subspan(label * vectors.columns, vectors.columns);
            addScaled(1, vectors.row(i), weights);
            own[label] += double(m_texts.at(i, label));
            ++counts[label];
            for (size_t k = 0; k < classes; ++k)
                squares[k] += double(m_texts.at(i, k)) * double(m_texts.at(i, k));
        }
        double mean = 0;
        for (size_t k = 0; k < classes; ++k)
            mean += counts[k] == 0 ? 0 : own[k] / counts[k] / double(classes);
        m_blend.assign(classes, float(kBlendAtStart * mean));
        const double most = *std::ranges::max_element(squares);
        m_blendStep = most == 0 ? 0 : double(vectors.rows) / (4 * most);
    }

    void epoch(int number)
    {
        scoresOf(m_vectors, m_weights, m_bias, m_logits);
        for (size_t i = 0; i < m_logits.rows; ++i)
            for (size_t k = 0; k < m_logits.columns; ++k)
                m_logits.at(i, k) += m_blend[k] * m_texts.at(i, k);
        m_loss = crossEntropy(m_logits, m_labels); // the logits are now their own gradient

        std::vector<double> biasGradient(m_bias.size()), blendGradient(m_bias.size());
        for (size_t i = 0; i < m_logits.rows; ++i)
            for (size_t k = 0; k < m_logits.columns; ++k) {
                const auto g = double(m_logits.at(i, k));
                biasGradient[k] += g;
                blendGradient[k] += g * double(m_texts.at(i, k));
            }
        const std::span<float> velocity(m_velocity);
        for (float& v : m_velocity)
            v *= float(m_options.momentum);
        addWeighted(m_logits, m_vectors, velocity.first(m_weights.size()));
        const std::span<float> biasVelocity = velocity.subspan(m_weights.size());
        for (size_t k = 0; k < m_bias.size(); ++k) {
            biasVelocity[k] += float(biasGradient[k]);
            m_blendGradient[k] += blendGradient[k];
        }
        addScaled(float(-m_step), velocity.first(m_weights.size()), m_weights);
        addScaled(float(-m_step), biasVelocity, m_bias);
        // As the authors' program does it, whose gradients of the blend are never reset.
        if (number % m_options.epochsBetweenBlends == 0)
            for (size_t k = 0; k < m_blend.size(); ++k)
                m_blend[k] -= float(m_blendStep * m_blendGradient[k]);
    }

    LpPlusPlusFit fit(int number) const
    {
        LpPlusPlusFit out;
        out.classifier.weights = Matrix(m_bias.size(), m_vectors.columns);
        out.classifier.weights.values = m_weights;
        for (size_t k = 0; k < m_bias.size(); ++k)
            addScaled(m_blend[k], m_words.weights.row(k), out.classifier.weights.row(k));
        out.classifier.bias = m_bias;
        out.blend = m_blend;
        out.epoch = number;
        out.loss = m_loss;
        return out;
    }

private:
    const Matrix& m_vectors;
    const std::span<const int> m_labels;
    const LinearClassifier& m_words;
    const LpPlusPlusOptions& m_options;
    const Matrix m_texts; ///< [n, classes]: f . t
    const double m_step;
    double m_blendStep = 0;
    std::vector<float> m_weights; ///< [classes, dim]
    std::vector<float> m_bias;
    std::vector<float> m_blend;
    std::vector<float> m_velocity; ///< of weights, then bias
    std::vector<double> m_blendGradient; ///< summed over all epochs
    Matrix m_logits;
    double m_loss = 0;
};

void check(const Matrix& vectors, std::span<const int> labels, const LinearClassifier& words)
{
    if (vectors.rows == 0 || words.classes() < 2)
        throw Error(
            ErrorKind::Input, "a probe needs labelled vectors of at least two classes", "", "Label more videos.");
    if (labels.size() != vectors.rows || vectors.columns != words.weights.columns)
        throw Error(ErrorKind::Internal, "labelled vectors do not fit the words of the classes");
    if (std::ranges::any_of(labels, [&](int label) { return label < 0 || label >= words.classes(); }))
        throw Error(ErrorKind::Internal, "a label is none of the classes");
    if (!std::ranges::all_of(vectors.values, [](float v) { return std::isfinite(v); }))
        throw Error(ErrorKind::Input, "a vector to be learnt from has a number that is not finite", "",
            "Embed the videos again.");
}

} // namespace

double largestEigenvalue(const Matrix& vectors)
{
    // The sum of the rows is seldom far from the first eigenvector; a little of everything keeps it from lying across.
    std::vector<float> v(vectors.columns, 1e-3F);
    for (size_t i = 0; i < vectors.rows; ++i)
        addScaled(1, vectors.row(i), v);
    normalise(v);
    double value = 0;
    Matrix products;
    for (int i = 0; i < kMostIterations; ++i) {
        scoresOf(vectors, v, {}, products);
        std::ranges::fill(v, 0.F);
        addWeighted(products, vectors, v);
        const double before = value;
        value = std::sqrt(dotOf(v, v)); // |F^T F v| of a unit v
        if (value == 0 || std::fabs(value - before) < 1e-7 * value)
            break;
        normalise(v);
    }
    return value;
}

LpPlusPlusFit fitLpPlusPlus(const Matrix& vectors, std::span<const int> labels, const LinearClassifier& words,
    const LpPlusPlusOptions& options, const JobContext& context, const Matrix& validation,
    std::span<const int> validationLabels)
{
    check(vectors, labels, words);
    Training training(vectors, labels, words, options);
    LpPlusPlusFit best;
    double bestAccuracy = -1;
    for (int epoch = 1; epoch <= options.epochs; ++epoch) {
        context.throwIfStopped();
        training.epoch(epoch);
        if (validation.rows == 0)
            continue;
        LpPlusPlusFit fit = training.fit(epoch);
        if (const double accuracy = topAccuracy(fit.classifier.scores(validation), validationLabels);
            accuracy >= bestAccuracy) {
            bestAccuracy = accuracy;
            best = std::move(fit);
        }
    }
    return validation.rows == 0 ? training.fit(options.epochs) : best;
}

} // namespace clipscope
