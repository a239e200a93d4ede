// SPDX-License-Identifier: GPL-3.0-or-later
#include "probe/shot_sampler.h"

#include "base/random.h"

#include <algorithm>

namespace clipscope {

ShotSampler::ShotSampler(std::span<const int> labels, int classes)
    : m_ofClass(size_t(classes))
{
    for (size_t i = 0; i < labels.size(); ++i)
        if (labels[i] >= 0)
            m_ofClass[size_t(labels[i])].push_back(i);
}

int ShotSampler::mostShots() const
{
    size_t most = 0;
    for (const std::vector<size_t>& examples : m_ofClass)
        most = std::max(most, examples.size());
    return int(most);
}

std::vector<size_t> ShotSampler::draw(int shots, uint64_t seed) const
{
    std::vector<size_t> out;
    for (size_t c = 0; c < m_ofClass.size(); ++c) {
        std::vector<size_t> examples = m_ofClass[c];
        Random random(deriveSeed(deriveSeed(seed, "shots"), c));
        random.shuffle(examples);
        if (shots > 0 && size_t(shots) < examples.size())
            examples.resize(size_t(shots));
        out.insert(out.end(), examples.begin(), examples.end());
    }
    return out;
}

} // namespace clipscope
