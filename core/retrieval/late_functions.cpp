// SPDX-License-Identifier: GPL-3.0-or-later
#include "retrieval/train_aggregator.h"
#include "retrieval/train_clip.h"

namespace clipscope {

constinit decltype(trainAggregator) trainAggregator;
constinit decltype(trainClip) trainClip;

} // namespace clipscope
