// SPDX-License-Identifier: GPL-3.0-or-later
#include "lessons/lessons.h"

namespace clipscope {

std::vector<Lesson> lessons()
{
    return {embeddingLesson(), moreFramesLesson(), patchDropoutLesson(), fewShotsLesson(), wrongNodesLesson()};
}

} // namespace clipscope
