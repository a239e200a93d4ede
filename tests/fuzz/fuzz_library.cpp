// SPDX-License-Identifier: GPL-3.0-or-later
// Input: damage done to a sound library.db and its write-ahead log, as a list of pieces:
//   u8 kind   u32 place (little-endian, modulo the file's length)   u8 n   n bytes
// kind, modulo 4: 0 overwrites the database, 1 its log, 2 cuts the database off at the place, 3 overwrites one of its
// first hundred bytes (the header). A library so damaged opens and answers, or is refused.
#include "fuzz/fuzz_input.h"
#include "library/video_library.h"

#include <algorithm>
#include <cstring>
#include <fstream>
#include <iterator>

using namespace clipscope;
using namespace clipscope::fuzz;
namespace fs = std::filesystem;

namespace {

struct SoundLibrary {
    std::string database;
    std::string log;
};

std::string bytesOf(const fs::path& path)
{
    std::ifstream in(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
}

SoundLibrary makeLibrary()
{
    const ScratchFolder folder;
    const auto library = VideoLibrary::openOrCreate(folder / "a");
    std::vector<VideoId> ids;
    for (int i = 0; i < 12; ++i) {
        VideoRecord record;
        record.path = "/films/holiday/beach" + std::to_string(i) + ".mp4";
        record.importRoot = "/films";
        record.hash = std::string(64, char('a' + i));
        record.info.durationSec = 10;
        record.label = i % 2 ? "dog" : "cat";
        record.split = "train";
        library->store(record);
        ids.push_back(record.id);
        library->setCaptions(record.id, CaptionSource::Caption,
            {{0, "a brown bear walks " + std::to_string(i), 1., 2.5}, {0, "snow", {}, {}}});
    }
    library->remove({ids[3]});
    EmbeddingKey key;
    key.model = "fake";
    key.sampler = "uniform:12";
    key.jointDim = 8;
    library->storeKey(key);
    library->setSetting("columns", "3");
    RunRow run{0, "probe", "first", "", R"({"kind": "probe"})", "{}"};
    library->storeRun(run);
    // Read while it is open: the log still holds what has not gone into the database.
    return {bytesOf(folder / "a/library.db"), bytesOf(folder / "a/library.db-wal")};
}

void overwrite(std::string& file, uint32_t place, std::string_view bytes)
{
    if (file.empty())
        return;
    place %= uint32_t(file.size());
    file.replace(place, std::min(bytes.size(), file.size() - place), bytes.substr(0, file.size() - place));
}

SoundLibrary damaged(SoundLibrary files, std::string_view pieces)
{
    while (pieces.size() >= 6) {
        uint32_t place = 0;
        std::memcpy(&place, pieces.data() + 1, sizeof place);
        const int kind = uint8_t(pieces[0]) % 4;
        const std::string_view bytes = pieces.substr(6, uint8_t(pieces[5]));
        pieces.remove_prefix(6 + bytes.size());
        if (kind == 2)
            files.database.resize(place % (files.database.size() + 1));
        else
            overwrite(kind == 1 ? files.log : files.database, kind == 3 ? place % 100 : place, bytes);
    }
    return files;
}

void use(const fs::path& folder)
{
    const auto library = VideoLibrary::open(folder);
    // Each of them for itself: damage that quick_check does not see may make one fail and leave the others.
    accepted([&] { library->videos(); });
    accepted([&] { library->videoCount(); });
    accepted([&] { library->allCaptions(); });
    accepted([&] { library->captions(2); });
    accepted([&] { library->videoByPath("/films/holiday/beach5.mp4"); });
    accepted([&] { library->embeddingKeys(); });
    accepted([&] { library->embeddingKey("fake"); });
    accepted([&] { library->setting("columns"); });
    accepted([&] { library->runs(); });
    accepted([&] { library->run(1); });
    accepted([&] {
        RunRow run{0, "evaluate", "", "", "{}", "{}"};
        library->storeRun(run);
    });
    for (const char* words : {"bear", "a brown bear walks 7", "be", "snow beach"})
        accepted([&] { library->matchWords(words, 10); });
    accepted([&] { library->setCaptions(2, CaptionSource::Subtitle, {{0, "a new line", 1., 2.}}); });
    accepted([&] { library->remove({5}); });
    accepted([&] {
        VideoRecord record;
        record.path = "/films/new.mp4";
        library->store(record);
    });
    accepted([&] { library->setLabel(1, "bird"); });
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size)
{
    static const SoundLibrary sound = makeLibrary();
    static const ScratchFolder folder;
    for (const char* suffix : {"-shm", "-journal", "-wal"})
        fs::remove(folder / ("library.db" + std::string(suffix)));
    const SoundLibrary files = damaged(sound, textOf(data, size));
    writeQuickly(folder / "library.db", files.database);
    if (!files.log.empty())
        writeQuickly(folder / "library.db-wal", files.log);
    accepted([] { use(folder.path()); });
    return 0;
}
