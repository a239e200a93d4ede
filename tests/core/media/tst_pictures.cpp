// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/media/video_reference.h"
#include "media/thumbnail_maker.h"

#include <cmath>
#include <fstream>

using namespace clipscope;
using namespace clipscope::test;

namespace {

RgbImage gradient(int width, int height)
{
    RgbImage image(width, height);
    for (int y = 0; y < height; ++y) {
        for (int x = 0; x < width; ++x) {
            uint8_t* p = image.row(y) + size_t(3) * size_t(x);
            p[0] = uint8_t(255 * x / std::max(1, width - 1));
            p[1] = uint8_t(255 * y / std::max(1, height - 1));
            p[2] = 128;
        }
    }
    return image;
}

double meanError(const RgbImage& a, const RgbImage& b)
{
    double sum = 0;
    for (size_t i = 0; i < a.pixels.size(); ++i)
        sum += std::abs(int(a.pixels[i]) - int(b.pixels[i]));
    return sum / double(a.pixels.size());
}

void writePpm(const std::filesystem::path& path, const RgbImage& image)
{
    std::ofstream out(path, std::ios::binary);
    out << "P6\n" << image.width << ' ' << image.height << "\n255\n";
    out.write(reinterpret_cast<const char*>(image.pixels.data()), std::streamsize(image.pixels.size()));
}

} // namespace

class TestPictures : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void fullFitChangesNothing()
    {
        for (const auto& [w, h] : {std::pair(1, 1), {7, 3}, {321, 241}, {64, 1}}) {
            const RgbImage image = gradient(w, h);
            QCOMPARE(fitImage(image, FrameFit::full()), image);
        }
        QVERIFY(fitImage({}, FrameFit::full()).empty());
    }
    void boundsKeepTheAspectAndNeverEnlarge()
    {
        const RgbImage image = gradient(640, 360);
        const RgbImage fitted = fitImage(image, FrameFit::bounds(320, 240));
        QCOMPARE(fitted.width, 320);
        QCOMPARE(fitted.height, 180);
        QVERIFY(meanError(fitted, gradient(320, 180)) < 1);
        QCOMPARE(fitImage(image, FrameFit::bounds(9999, 9999)), image);
        QCOMPARE(fitImage(gradient(16000, 2), FrameFit::bounds(100, 100)).height, 1);
    }
    void centreSquareTakesTheMiddle()
    {
        // Red grows from left to right: the square of a 3:1 picture spans its middle third.
        const RgbImage square = fitImage(gradient(600, 200), FrameFit::centreSquare(100, 1));
        QCOMPARE(square.width, 100);
        QCOMPARE(square.height, 100);
        QVERIFY(std::abs(square.row(50)[0] - 85) <= 2);
        QVERIFY(std::abs(square.row(50)[3 * 99] - 170) <= 2);
        const RgbImage inner = fitImage(gradient(200, 200), FrameFit::centreSquare(50, .5));
        QVERIFY(std::abs(inner.row(25)[0] - 64) <= 3);
        QVERIFY(std::abs(inner.row(0)[1] - 64) <= 3);
        // Enlarged where the picture is smaller than the square.
        QCOMPARE(fitImage(gradient(10, 12), FrameFit::centreSquare(224, 1)).width, 224);
    }
    void shrinkingAveragesAreas()
    {
        // A fine checkerboard becomes gray; picking pixels would keep black or white.
        RgbImage board(256, 256);
        for (int y = 0; y < 256; ++y) {
            for (int x = 0; x < 768; ++x)
                board.row(y)[x] = (x / 3 + y) % 2 ? 255 : 0;
        }
        const RgbImage small = fitImage(board, FrameFit::bounds(32, 32));
        for (const uint8_t v : small.pixels)
            QVERIFY(std::abs(int(v) - 127) <= 3);
    }
    void jpegComesBack()
    {
        const TempDir dir;
        for (const auto& [w, h] : {std::pair(320, 240), {33, 17}, {1, 1}}) {
            const RgbImage image = gradient(w, h);
            const std::string jpeg = encodeJpeg(image, 2);
            QVERIFY(jpeg.starts_with("\xFF\xD8\xFF"));
            for (int again = 0; again < 5; ++again)
                QCOMPARE(encodeJpeg(image, 2), jpeg);
            std::ofstream(dir / "a.jpg", std::ios::binary) << jpeg;
            const RgbImage back = readPicture(dir / "a.jpg");
            QCOMPARE(back.width, w);
            QCOMPARE(back.height, h);
            QVERIFY2(meanError(back, image) < 2, std::to_string(meanError(back, image)).c_str());
        }
        QVERIFY(encodeJpeg(gradient(320, 240), 31).size() < encodeJpeg(gradient(320, 240), 2).size());
        QVERIFY(!errorOf<Error>([] { encodeJpeg({}); }).empty());
    }
    void picturesOfEveryKind()
    {
        NEED_FFMPEG();
        const TempDir dir;
        const RgbImage image = gradient(120, 80);
        writePpm(dir / "in.ppm", image);
        QCOMPARE(readPicture(dir / "in.ppm"), image);
        for (const char* name : {"a.png", "a.bmp", "a.tiff", "a.jpg", "a.webp", "a.gif"}) {
            QVERIFY(ffmpeg({"-i", (dir / "in.ppm").string(), "-q:v", "2", (dir / name).string()}));
            const RgbImage got = readPicture(dir / name);
            QCOMPARE(got.width, 120);
            // ffmpeg writes GIF in a fixed palette of 256 colours.
            QVERIFY2(meanError(got, image) < (std::string(name) == "a.gif" ? 25 : 4), name);
        }
        QCOMPARE(readPicture(dir / "a.png"), image);
        const RgbImage small = readPicture(dir / "a.png", FrameFit::centreSquare(40, 1));
        QCOMPARE(small.width, 40);
        QCOMPARE(small.height, 40);
    }
    void exifTurnsPhotosUpright()
    {
        const TempDir dir;
        const RgbImage image = gradient(64, 32);
        const std::string jpeg = encodeJpeg(image, 2);
        for (const char orientation : {'\1', '\3', '\6', '\10'}) {
            // An APP1 segment with the one tag 0x0112 right after the start of image.
            const std::string tiff =
                std::string("MM\0*\0\0\0\10\0\1\1\x12\0\3\0\0\0\1\0", 19) + orientation + std::string(6, '\0');
            const std::string exif = std::string("Exif\0\0", 6) + tiff;
            const std::string segment = std::string("\xFF\xE1\0", 3) + char(exif.size() + 2) + exif;
            std::ofstream(dir / "turned.jpg", std::ios::binary) << jpeg.substr(0, 2) << segment << jpeg.substr(2);
            const RgbImage got = readPicture(dir / "turned.jpg");
            const bool swapped = orientation == 6 || orientation == 8;
            QCOMPARE(got.width, swapped ? 32 : 64);
            // Where the stored upper left corner (no red, no green) is now.
            const int x = orientation == 3 || orientation == 6 ? got.width - 1 : 0;
            const int y = orientation == 3 || orientation == 8 ? got.height - 1 : 0;
            const uint8_t* corner = got.row(y) + size_t(3) * size_t(x);
            QVERIFY2(corner[0] < 30 && corner[1] < 30, std::to_string(int(orientation)).c_str());
        }
    }
    void whatIsNoPictureIsRefused()
    {
        const TempDir dir;
        std::ofstream(dir / "text.png") << "not a picture at all";
        QVERIFY(errorOf<Error>([&] { readPicture(dir / "text.png"); }).find("text.png: is not a picture")
            != std::string::npos);
        std::ofstream(dir / "cut.jpg", std::ios::binary) << encodeJpeg(gradient(64, 64)).substr(0, 100);
        QVERIFY(!errorOf<Error>([&] { readPicture(dir / "cut.jpg"); }).empty());
        std::ofstream(dir / "a.svg")
            << "<svg xmlns=\"http://www.w3.org/2000/svg\"><image href=\"file:///etc/passwd\"/></svg>";
        QVERIFY(!errorOf<Error>([&] { readPicture(dir / "a.svg"); }).empty());
        QVERIFY(errorOf<Error>([&] { readPicture(dir / "absent.png"); }).find("does not exist") != std::string::npos);
    }
    void thumbnailsAndStripsShowTheirMoments()
    {
        NEED_FFMPEG();
        const TempDir dir;
        const auto video = dir / "v.mp4";
        // Gray grows by the second: frame brightness tells its time.
        QVERIFY(ffmpeg(
            {"-f", "lavfi", "-i", "color=black:size=640x480:rate=10:duration=8,format=gray,geq=lum='16+24*floor(T)'",
                "-c:v", "libx264", "-pix_fmt", "yuv420p", "-g", "7", video.string()}));
        VideoReader reader(video);
        const auto brightness = [&](double t) {
            return int(reader.frame(reader.frameAt(t), FrameFit::bounds(320, 240)).image.row(100)[300]);
        };
        for (const double t : {0., 2.5, 7.9, 99.}) {
            const RgbImage thumbnail = thumbnailAt(video, t);
            QCOMPARE(thumbnail.width, 320);
            QCOMPARE(thumbnail.height, 240);
            QCOMPARE(int(thumbnail.row(100)[300]), brightness(t));
        }
        const RgbImage strip = filmStrip(video, 0, 8, 8, 60);
        QCOMPARE(strip.height, 60);
        QCOMPARE(strip.width, 8 * 80);
        for (int i = 0; i < 8; ++i)
            QVERIFY(std::abs(strip.row(30)[3 * (80 * i + 40)] - brightness(i + .5)) <= 1);
        QVERIFY(brightness(6.5) - brightness(.5) > 100);
        // A part of the video, with more pictures than it has frames.
        QCOMPARE(filmStrip(video, 2, 2.2, 5, 60).width, 5 * 80);
    }
};

QTEST_GUILESS_MAIN(TestPictures)
#include "tst_pictures.moc"
