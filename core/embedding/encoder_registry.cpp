// SPDX-License-Identifier: GPL-3.0-or-later
#include "embedding/encoder.h"

#include "base/error.h"
#include "embedding/clip_encoder.h"
#include "embedding/fake_encoder.h"
#include "embedding/starter_encoder.h"

namespace clipscope {

std::string Encoder::languageNote(const std::string&) const
{
    return {};
}

const std::vector<EncoderBackend>& encoderBackends()
{
    // "fake" is a name alone; the others look at the model's folder, and the last one's refusal is what people read.
    static const std::vector<EncoderBackend> backends{
        {"fake", makeFakeEncoder},
        {"starter", [](const std::string& name, const EncoderOptions& options) { return makeStarterEncoder(name, options); }},
        {"clip", [](const std::string& name, const EncoderOptions& options) { return makeClipEncoder(name, options); }},
    };
    return backends;
}

std::shared_ptr<Encoder> makeEncoder(const std::string& nameOrFolder, const EncoderOptions& options)
{
    for (const EncoderBackend& backend : encoderBackends())
        if (std::shared_ptr<Encoder> encoder = backend.make(nameOrFolder, options))
            return encoder;
    throw Error(ErrorKind::Model, "is no model that encodes pictures and words", nameOrFolder,
        "Choose the starter or a CLIP model: clipscope-cli models list shows them.");
}

} // namespace clipscope
