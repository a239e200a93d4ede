// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "probe/linear_classifier.h"

#include <vector>

namespace clipscope {

/// How much the labelled videos count beside the words, and how near one has to be to count.
struct TipAdapterSetting {
    double alpha = 1;
    double beta = 5.5;
};

/// Training-free Tip-Adapter (Zhang et al. 2022, "Tip-Adapter: Training-free Adaption of CLIP for Few-shot
/// Classification"): the words' scores, and beside them every labelled video votes for its class, the more the nearer
/// it is:
///   scores = 100 f . t + alpha exp(-beta (1 - f . F^T)) onehot(labels)
/// All vectors are of unit length and lie in the space that words share.
class TipAdapter {
public:
    /// words: unit weights a class (zeroShotClassifier()); keys [n, dim] with labels in [0, classes). Throws
    /// Error(Internal) when the sizes do not fit.
    TipAdapter(LinearClassifier words, Matrix keys, std::vector<int> labels);

    /// What all settings share of vectors [m, dim].
    struct Likeness {
        Matrix words; ///< [m, classes]: 100 f . t
        Matrix keys; ///< [m, n]: f . F^T
    };
    Likeness likenessOf(const Matrix& vectors) const;
    /// [m, classes]: the votes before alpha.
    Matrix votes(const Likeness& likeness, double beta) const;
    /// [m, classes].
    static Matrix scores(const Likeness& likeness, const Matrix& votes, double alpha);
    Matrix scores(const Matrix& vectors, const TipAdapterSetting& setting) const;

    /// What a sweep looks at: every beta with every alpha. The default setting stands first, so that it is taken where
    /// nothing is better.
    static std::vector<double> sweptAlphas();
    static std::vector<double> sweptBetas();

private:
    LinearClassifier m_words;
    Matrix m_keys;
    std::vector<int> m_labels;
};

} // namespace clipscope
