// SPDX-License-Identifier: GPL-3.0-or-later
#include "embedding/patch_tower.h"

namespace clipscope {

const PatchTower* patchTowerOf(const Encoder* encoder)
{
    return dynamic_cast<const PatchTower*>(encoder);
}

} // namespace clipscope
