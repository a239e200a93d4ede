// SPDX-License-Identifier: GPL-3.0-or-later
#include "embedding/clip_encoder.h"
#include "embedding/random_clip.h"
#include "embedding/starter_encoder.h"

namespace clipscope {

constinit decltype(makeClipEncoder) makeClipEncoder;
constinit decltype(makeStarterEncoder) makeStarterEncoder;
constinit decltype(pictureOperations) pictureOperations;
constinit decltype(writeRandomClip) writeRandomClip;

} // namespace clipscope
