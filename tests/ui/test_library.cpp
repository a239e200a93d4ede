// SPDX-License-Identifier: GPL-3.0-or-later
#include "test_library.h"

#include "embedding/embedding_pipeline.h"
#include "library/video_import.h"
#include "media/video_writer.h"

#include <algorithm>

namespace fs = std::filesystem;

namespace clipscope::test {

void writeClip(const fs::path& file, int frames, int fps, int width, int height)
{
    fs::create_directories(file.parent_path());
    VideoWriter::Options options;
    options.width = width;
    options.height = height;
    options.fps = fps;
    options.crf = 4;
    VideoWriter writer(file, options);
    for (int i = 0; i < frames; ++i) {
        RgbImage image(width, height);
        std::fill(image.pixels.begin(), image.pixels.end(), uint8_t(16 + 4 * i));
        writer.write(image);
    }
    writer.finish();
}

int frameOfGrey(int grey)
{
    return (grey - 16 + 2) / 4;
}

std::vector<fs::path> writeClips(const fs::path& folder, const std::vector<std::string>& names)
{
    std::vector<fs::path> files;
    for (const std::string& name : names) {
        files.push_back(folder / "media" / name);
        writeClip(files.back(), 36);
    }
    return files;
}

fs::path makeLibrary(const fs::path& folder, const std::vector<std::string>& names, const std::string& model)
{
    writeClips(folder, names);
    const fs::path where = folder / "test.clipscope";
    const std::shared_ptr<VideoLibrary> library = VideoLibrary::openOrCreate(where);
    JobContext context;
    importVideos(*library, {folder / "media"}, ImportOptions(), context);
    if (!model.empty()) {
        const std::shared_ptr<Encoder> encoder = makeEncoder(model);
        embedLibrary(*library, *encoder, EmbedOptions(), context);
    }
    return where;
}

VideoRecord record(VideoId id, const std::string& path)
{
    VideoRecord video;
    video.id = id;
    video.path = path;
    video.bytes = 1234567;
    video.info.width = 640;
    video.info.height = 360;
    video.info.durationSec = 65;
    video.sampledFrames = 12;
    video.usableFrames = 12;
    return video;
}

} // namespace clipscope::test
