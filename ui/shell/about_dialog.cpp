// SPDX-License-Identifier: GPL-3.0-or-later
#include "shell/about_dialog.h"

#include "base/machine.h"
#include "models/display_text.h"

#include <QIcon>
#include <QLabel>
#include <QPushButton>
#include <QVBoxLayout>

namespace clipscope {

namespace {

/// " (avx2 fma avx512f ...)"
std::string flagsOf(const Machine& machine)
{
    std::string out;
    for (const std::string& flag : machine.cpuFlags)
        out += (out.empty() ? "" : " ") + flag;
    return out.empty() ? out : " (" + out + ")";
}

} // namespace

AboutDialog::AboutDialog(const QString& encoder, QWidget* parent)
    : QDialog(parent)
{
    setWindowTitle(tr("About Clipscope"));
    auto* layout = new QVBoxLayout(this);
    layout->setSpacing(8);
    auto* picture = new QLabel;
    picture->setPixmap(QIcon(QStringLiteral(":/icons/clipscope.svg")).pixmap(64, 64));
    layout->addWidget(picture);
    auto* title = new QLabel(tr("Clipscope %1").arg(QString::fromStdString(codeVersion())));
    title->setObjectName(QStringLiteral("title"));
    layout->addWidget(title);
    const Machine& here = machine();
    QStringList lines;
    lines << tr("Finds moments in videos by words, pictures or examples, offline.")
          << tr("Computer: %1, %2")
                 .arg(QString::fromStdString(here.processor), counted(here.cores, tr("core"), tr("cores")))
          << tr("Models compute with: %1").arg(QString::fromStdString(kernelNames() + flagsOf(here)))
          << (encoder.isEmpty() ? tr("Encoder: none loaded") : tr("Encoder: %1").arg(encoder))
          << tr("Licence: GPL-3.0-or-later. Built with Qt, LibTorch, OpenCV, FFmpeg, FAISS, SQLite and QCustomPlot.");
    for (const QString& line : lines) {
        auto* label = new QLabel(line);
        label->setWordWrap(true);
        label->setTextInteractionFlags(Qt::TextSelectableByMouse);
        layout->addWidget(label);
    }
    layout->addStretch();
    auto* close = new QPushButton(tr("Close"));
    connect(close, &QPushButton::clicked, this, &QDialog::reject);
    layout->addWidget(close, 0, Qt::AlignRight);
    resize(460, 320);
}

} // namespace clipscope
