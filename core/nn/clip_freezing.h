// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace clipscope {

/// Which weights of a CLIP model stand still while the others are trained (papers section 1.2 and 1.4). The last
/// LayerNorms, the projections and the logit scale are trained unless their whole tower is frozen, as CLIP4Clip's
/// freeze_layer_num does it.
struct ClipFreezing {
    bool patches = false; ///< the picture side's embeddings: patches, class token, positions, the LayerNorm after them
    bool tokens = false; ///< the text side's embeddings: tokens, positions
    int64_t firstBlocks = 0; ///< so many blocks of each tower, and the embeddings below them
    bool pictureTower = false;
    bool textTower = false;

    /// Words "patch", "token", "first:N", "picture", "text"; "none" is the empty list. Throws Error(Input) naming the
    /// word and the known ones, and when both towers are to stand still.
    static ClipFreezing parse(const std::vector<std::string>& words);
    /// The words again, in one order: "patch,token,first:2", or "none".
    std::string toString() const;
    /// By the name under which ClipModel::parameters() lists it.
    bool freezes(const std::string& parameter) const;
};

} // namespace clipscope
