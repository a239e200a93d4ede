// SPDX-License-Identifier: GPL-3.0-or-later
#include "retrieval/import_embeddings.h"

#include "base/error.h"
#include "base/files.h"
#include "base/text.h"
#include "library/embedding_store.h"
#include "library/library_lock.h"
#include "retrieval/captioned_videos.h"
#include "retrieval/imported_encoder.h"

#include <algorithm>
#include <atomic>
#include <exception>
#include <mutex>
#include <thread>
#include <unordered_map>
#include <utility>

namespace fs = std::filesystem;

namespace clipscope {

namespace {

constexpr const char* kRoot = "/imported-embeddings";
constexpr int64_t kMostTextBytes = int64_t(1) << 30;
constexpr size_t kVideosAtOnce = 256; ///< in one transaction
constexpr size_t kWriters = 8;
constexpr float kSameVector = .999F; ///< cosine: batches round differently

[[noreturn]] void refuse(const fs::path& file, const std::string& happened, const std::string& remedy)
{
    throw Error(ErrorKind::Input, happened, file.string(), remedy);
}

/// The lines of a text file, trimmed; blank ones at its end are no lines.
std::vector<std::string> linesOf(const fs::path& file)
{
    std::string text = readFile(file, kMostTextBytes);
    if (text.starts_with("\xEF\xBB\xBF"))
        text.erase(0, 3);
    if (!isValidUtf8(text))
        refuse(file, "is no UTF-8 text", "Save it as UTF-8.");
    std::vector<std::string> out;
    for (size_t at = 0; at < text.size();) {
        const size_t end = std::min(text.find('\n', at), text.size());
        out.push_back(trimmed(std::string_view(text).substr(at, end - at)));
        at = end + 1;
    }
    while (!out.empty() && out.back().empty())
        out.pop_back();
    return out;
}

std::vector<std::string> readIds(const fs::path& file)
{
    std::vector<std::string> ids = linesOf(file);
    if (ids.empty())
        refuse(file, "holds no ids", "Write the id of each row of the vectors, one a line.");
    std::unordered_map<std::string, size_t> lineOf;
    for (size_t i = 0; i < ids.size(); ++i) {
        const std::string line = "line " + std::to_string(i + 1);
        const fs::path id = ids[i];
        const bool isName = !ids[i].empty() && id.is_relative() && id.has_filename()
            && std::ranges::none_of(id, [](const fs::path& part) { return part == "." || part == ".."; })
            && std::ranges::none_of(ids[i], [](unsigned char c) { return c < 0x20 || c == 0x7F; });
        if (!isName)
            refuse(file, line + (ids[i].empty() ? " is empty" : " (\"" + ids[i] + "\") is no name"),
                "An id is a name such as v_abc or folder/clip.mp4, one a line.");
        const auto [known, isNew] = lineOf.emplace(ids[i], i + 1);
        if (!isNew)
            refuse(file, line + " names \"" + ids[i] + "\", as line " + std::to_string(known->second) + " does",
                "Each id stands once; give further rows other ids.");
    }
    return ids;
}

/// Which id the name of a video in a text or label file means: as with films, the name itself, without its extension,
/// or with or without ActivityNet's "v_".
class IdNames {
public:
    explicit IdNames(const std::vector<std::string>& ids)
    {
        for (size_t i = 0; i < ids.size(); ++i)
            m_byName.emplace(ids[i], i);
        for (size_t i = 0; i < ids.size(); ++i)
            m_byName.emplace(fs::path(ids[i]).stem().string(), i); // does not displace an id of this name
    }

    std::optional<size_t> find(const std::string& name) const
    {
        const bool prefixed = name.starts_with("v_");
        for (const std::string& spelling :
            {name, fs::path(name).stem().string(), prefixed ? name.substr(2) : "v_" + name})
            if (const auto found = m_byName.find(spelling); found != m_byName.end())
                return found->second;
        return {};
    }

private:
    std::unordered_map<std::string, size_t> m_byName;
};

bool holdsVectors(const fs::path& file)
{
    return file.extension() == ".npy" || file.extension() == ".safetensors";
}

void addCaptions(ReadEmbeddings& read, const IdNames& names, const Annotations& annotations)
{
    for (const AnnotatedVideo& video : annotations.videos) {
        const std::optional<size_t> id = names.find(video.video);
        if (!id) {
            ++read.unmatched;
            continue;
        }
        for (const AnnotatedVideo::Text& text : video.captions)
            read.captions[*id].push_back({0, text.text, text.startSec, text.endSec, CaptionSource::Caption});
        if (!video.label.empty())
            read.labels[*id] = video.label;
        if (!video.split.empty())
            read.splits[*id] = video.split;
    }
}

void readWords(ReadEmbeddings& read, const IdNames& names, const fs::path& file)
{
    if (file.extension() != ".txt") {
        addCaptions(read, names, readAnnotations(file));
        return;
    }
    const std::vector<std::string> lines = linesOf(file);
    if (lines.size() != read.ids.size())
        refuse(file, "has " + std::to_string(lines.size()) + " lines for " + std::to_string(read.ids.size()) + " ids",
            "Write one text a line in the order of the ids, or a CSV file with the columns path and caption.");
    for (size_t i = 0; i < lines.size(); ++i)
        if (!lines[i].empty())
            read.captions[i].push_back({0, lines[i], {}, {}, CaptionSource::Caption});
}

/// As a library gives them back: timed ones in time order, then the others; blank ones are none.
void sortCaptions(std::vector<Caption>& captions)
{
    std::erase_if(captions, [](const Caption& caption) { return trimmed(caption.text).empty(); });
    std::ranges::stable_sort(captions, [](const Caption& a, const Caption& b) {
        if (a.startSec && b.startSec)
            return std::pair(*a.startSec, *a.endSec) < std::pair(*b.startSec, *b.endSec);
        return a.startSec.has_value() && !b.startSec;
    });
}

/// A text a vector where there are no words.
void nameTexts(ReadEmbeddings& read)
{
    for (size_t i = 0; i < read.ids.size(); ++i) {
        const size_t count = read.textVectors->unitRow(i, read.ids[i]).rows;
        for (size_t t = 0; t < count; ++t)
            read.captions[i].push_back(
                {0, (count == 1 ? std::string("text") : "text " + std::to_string(t + 1)) + " of " + read.ids[i], {}, {},
                    CaptionSource::Caption});
    }
}

/// Gives each text and its vector to `take`.
template <class Take> void eachText(const ReadEmbeddings& read, const Take& take)
{
    for (size_t i = 0; i < read.ids.size(); ++i) {
        const Matrix vectors = read.textVectors->unitRow(i, read.ids[i]);
        const std::vector<std::string> queries = captionQueries(read.captions[i]);
        if (queries.size() != vectors.rows)
            refuse(read.textVectors->path(),
                "has " + std::to_string(vectors.rows) + " text vectors in row " + std::to_string(i + 1) + " for the "
                    + std::to_string(queries.size()) + " queries of \"" + read.ids[i] + "\"",
                "A row holds one vector for each query of its video: timed captions are one query, all joined; each "
                "other caption is one.");
        for (size_t t = 0; t < queries.size(); ++t)
            take(queries[t], vectors.row(t), i);
    }
}

void checkTextVectors(const ReadEmbeddings& read, const JobContext& context)
{
    const VectorFile& file = *read.textVectors;
    if (file.rows() != read.ids.size())
        refuse(file.path(),
            "has " + std::to_string(file.rows()) + " rows for " + std::to_string(read.ids.size()) + " ids",
            "Text vectors have a row for each id, in their order.");
    if (file.dim() != read.vectors.dim())
        refuse(file.path(),
            "holds vectors of " + std::to_string(file.dim()) + " numbers; those of the videos have "
                + std::to_string(read.vectors.dim()),
            "Texts and videos are compared in one space: take both from the same model, behind its projections.");
    std::unordered_map<std::string, std::pair<std::vector<float>, size_t>> known;
    eachText(read, [&](const std::string& text, std::span<const float> vector, size_t i) {
        context.throwIfStopped();
        const auto [first, isNew] = known.try_emplace(text, std::vector<float>(vector.begin(), vector.end()), i);
        if (!isNew && dot(first->second.first, vector) < kSameVector)
            refuse(file.path(),
                "has two vectors for the text \"" + text + "\", of \"" + read.ids[first->second.second] + "\" and \""
                    + read.ids[i] + "\"",
                "Equal texts have equal vectors; check the order of the rows.");
    });
}

/// The videos of a library by the names that ids may mean.
class FilmNames {
public:
    explicit FilmNames(const std::vector<VideoRecord>& videos)
    {
        for (const VideoRecord& video : videos) {
            if (video.importRoot == kRoot) {
                m_imported.emplace(video.path.string(), &video);
                continue;
            }
            m_byName[video.path.filename().string()].push_back(&video);
            if (video.path.stem() != video.path.filename())
                m_byName[video.path.stem().string()].push_back(&video);
        }
    }

    /// nullptr: none. Throws Error(Input) when it may be several.
    const VideoRecord* find(const std::string& id, const VideoLibrary& library) const
    {
        if (const auto found = m_imported.find((fs::path(kRoot) / id).string()); found != m_imported.end())
            return found->second;
        const auto found = m_byName.find(id);
        if (found == m_byName.end())
            return nullptr;
        if (found->second.size() > 1)
            throw Error(ErrorKind::Input,
                "has several videos that the id \"" + id + "\" may mean, one of them "
                    + found->second.front()->path.string(),
                library.folder().string(),
                "Give the rows ids that tell them apart, or import into a library of their own.");
        return found->second.front();
    }

private:
    std::unordered_map<std::string, const VideoRecord*> m_imported;
    std::unordered_map<std::string, std::vector<const VideoRecord*>> m_byName;
};

VideoRecord withoutMedia(const std::string& id, int vectors)
{
    VideoRecord out;
    out.path = fs::path(kRoot) / id;
    out.importRoot = kRoot;
    out.hash = sha256("imported embedding of " + id);
    out.info.container = "imported vectors";
    out.sampler = SamplerSpec::parse("uniform:" + std::to_string(vectors));
    out.sampledFrames = out.usableFrames = vectors;
    return out;
}

VideoEmbedding embeddingOf(const Matrix& vectors, double durationSec)
{
    VideoEmbedding out;
    out.durationSec = durationSec > 0 ? durationSec : double(vectors.rows);
    for (size_t i = 0; i < vectors.rows; ++i)
        out.timesSec.push_back((double(i) + .5) * out.durationSec / double(vectors.rows));
    out.askedFrames = int(vectors.rows);
    out.joint = {int(vectors.columns), vectors.values};
    return out;
}

/// Of the rows from `first` on. A disk takes about as long for several files at once as for one.
void writeShards(EmbeddingStore& store, const std::vector<VideoRecord>& records, const ReadEmbeddings& read,
    size_t first, const JobContext& context)
{
    std::atomic<size_t> next = 0;
    std::atomic<size_t> done = 0;
    std::mutex mutex;
    std::exception_ptr failure;
    const auto work = [&] {
        try {
            for (size_t i = next++; i < records.size(); i = next++) {
                context.throwIfStopped();
                const Matrix vectors = read.vectors.unitRow(first + i, read.ids[first + i]);
                context.onceThereIsSpace(
                    [&] { store.write(records[i], embeddingOf(vectors, records[i].info.durationSec)); });
                context.progress(int64_t(first + ++done), std::ssize(read.ids), "storing vectors");
            }
        } catch (...) {
            const std::lock_guard lock(mutex);
            failure = failure ? failure : std::current_exception();
            next = records.size();
        }
    };
    {
        std::vector<std::jthread> writers;
        for (size_t i = 0; i + 1 < kWriters; ++i)
            writers.emplace_back(work);
        work();
    }
    if (failure)
        std::rethrow_exception(failure);
}

EmbeddingKey keyOf(const ReadEmbeddings& read)
{
    EmbeddingKey key;
    key.model = importedModel(read.name);
    key.jointDim = int(read.vectors.dim());
    key.modelHash = sha256("imported vectors " + read.name + " " + std::to_string(key.jointDim));
    if (read.encoder) {
        key.model = read.encoder->info().name;
        key.modelHash = read.encoder->info().modelHash;
    }
    key.sampler = "uniform:" + std::to_string(read.vectors.perRow());
    return key;
}

} // namespace

ReadEmbeddings readEmbeddings(
    const EmbeddingFiles& files, const std::shared_ptr<Encoder>& encoder, const JobContext& context)
{
    ReadEmbeddings read{readIds(files.ids), VectorFile(files.vectors), {}, {}, {}, {}, 0, {}, encoder};
    const size_t count = read.ids.size();
    if (read.vectors.rows() != count)
        refuse(files.vectors,
            "has " + std::to_string(read.vectors.rows()) + " rows for the " + std::to_string(count) + " ids of "
                + files.ids.string(),
            "Write the id of each row, one a line.");
    if (encoder && size_t(encoder->info().jointDim) != read.vectors.dim())
        refuse(files.vectors,
            "holds vectors of " + std::to_string(read.vectors.dim()) + " numbers; those of " + encoder->info().name
                + " have " + std::to_string(encoder->info().jointDim),
            "Name the model that made them, or none.");
    read.name = files.name.empty() ? files.vectors.stem().string() : files.name;
    if (!isValidUtf8(read.name))
        refuse(files.vectors, "has a name that is no UTF-8", "Give the vectors a name with --name.");
    for (size_t i = 0; i < count; ++i) {
        if (i % 256 == 0) {
            context.throwIfStopped();
            context.progress(int64_t(i), int64_t(count), "checking vectors");
        }
        read.vectors.unitRow(i, read.ids[i]);
    }

    read.captions.resize(count);
    read.labels.resize(count);
    read.splits.resize(count);
    const IdNames names(read.ids);
    fs::path words;
    for (const fs::path& file : files.texts) {
        if (holdsVectors(file) ? read.textVectors.has_value() : !words.empty())
            refuse(file, "is the second file of its kind",
                "Give one file of words, one of their vectors (.npy or .safetensors), or both.");
        if (holdsVectors(file))
            read.textVectors.emplace(file);
        else
            readWords(read, names, words = file);
    }
    if (!files.labels.empty()) {
        Annotations labels = readAnnotations(files.labels);
        if (!words.empty())
            for (AnnotatedVideo& video : labels.videos)
                video.captions.clear(); // the words are those of the other file
        addCaptions(read, names, labels);
    }
    for (std::vector<Caption>& captions : read.captions)
        sortCaptions(captions);
    if (read.textVectors) {
        if (read.textVectors->rows() == count && words.empty())
            nameTexts(read);
        checkTextVectors(read, context);
    }
    return read;
}

ImportedEmbeddings importEmbeddings(VideoLibrary& library, const ReadEmbeddings& read, JobContext& context)
{
    const LibraryLock turn(library.folder(), context);
    ImportedEmbeddings out;
    out.key = keyOf(read);
    EmbeddingStore store(library.folder(), out.key);
    const std::vector<VideoRecord> videos = library.videos();
    const FilmNames films(videos);
    std::vector<const VideoRecord*> found;
    std::unordered_map<VideoId, size_t> rowOf;
    for (size_t i = 0; i < read.ids.size(); ++i) {
        found.push_back(films.find(read.ids[i], library));
        if (found.back() != nullptr && !rowOf.emplace(found.back()->id, i).second)
            throw Error(ErrorKind::Input,
                "has one video that both ids \"" + read.ids[rowOf[found.back()->id]] + "\" and \"" + read.ids[i]
                    + "\" name",
                found.back()->path.string(), "Give its vectors once.");
    }
    for (size_t first = 0; first < read.ids.size(); first += kVideosAtOnce) {
        const size_t end = std::min(first + kVideosAtOnce, read.ids.size());
        std::vector<VideoRecord> records;
        for (size_t i = first; i < end; ++i) {
            const int vectors = int(read.vectors.unitRow(i, read.ids[i]).rows);
            records.push_back(found[i] != nullptr ? *found[i] : withoutMedia(read.ids[i], vectors));
            if (!read.labels[i].empty())
                records.back().label = read.labels[i];
            if (!read.splits[i].empty())
                records.back().split = read.splits[i];
            ++(found[i] != nullptr ? out.known : out.added);
            out.captions += std::ssize(read.captions[i]);
            out.labels += !read.labels[i].empty();
        }
        const std::vector<std::vector<Caption>> captions(
            read.captions.begin() + std::ptrdiff_t(first), read.captions.begin() + std::ptrdiff_t(end));
        context.onceThereIsSpace([&] { library.storeAll(records, captions); });
        writeShards(store, records, read, first, context);
    }
    if (read.textVectors && !read.encoder) {
        ImportedTexts texts = ImportedTexts::read(library, out.key);
        eachText(read, [&](const std::string& text, std::span<const float> vector, size_t) {
            texts.set(text, {vector.begin(), vector.end()});
            ++out.textVectors;
        });
        context.onceThereIsSpace([&] { texts.write(library, out.key); });
    }
    context.onceThereIsSpace([&] { library.storeKey(out.key); });
    library.keepBackup(context);
    context.progress(std::ssize(read.ids), std::ssize(read.ids), {});
    return out;
}

} // namespace clipscope
