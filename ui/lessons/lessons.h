// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "lessons/lesson.h"

namespace clipscope {

// A lesson is a file that holds one of these, and a line in lessons().
Lesson embeddingLesson();
Lesson moreFramesLesson();
Lesson patchDropoutLesson();
Lesson fewShotsLesson();
Lesson wrongNodesLesson();

/// In the order they are best taken.
std::vector<Lesson> lessons();

} // namespace clipscope
