// SPDX-License-Identifier: GPL-3.0-or-later
#include "shell/welcome_page.h"

#include "models/display_text.h"
#include "shell/column_scroll.h"

#include <QGridLayout>
#include <QHBoxLayout>
#include <QLabel>
#include <QPushButton>
#include <QVBoxLayout>

namespace clipscope {

namespace {
QLabel* makeLabel(const QString& text, const QString& style)
{
    auto* label = new QLabel(text);
    label->setObjectName(style);
    label->setWordWrap(true);
    return label;
}
} // namespace

WelcomePage::WelcomePage(QWidget* parent)
    : QWidget(parent)
    , m_lessons(new QGridLayout)
    , m_recent(new QVBoxLayout)
    , m_busy(makeLabel({}, QStringLiteral("muted")))
{
    auto* column = new QVBoxLayout;
    column->setSpacing(8);
    column->addWidget(makeLabel(tr("Clipscope"), QStringLiteral("huge")));
    column->addWidget(
        makeLabel(tr("Find moments in videos by words, pictures or examples. Everything stays on this computer."),
            QStringLiteral("muted")));
    column->addSpacing(16);

    auto* sample = new QPushButton(tr("Open the sample library"));
    sample->setObjectName(QStringLiteral("primary"));
    sample->setToolTip(
        tr("60 short rendered videos, captioned, with their own small model: everything can be tried at once"));
    auto* open = new QPushButton(tr("Open a library"));
    auto* create = new QPushButton(tr("New library"));
    auto* buttons = new QHBoxLayout;
    buttons->setSpacing(8);
    for (QPushButton* button : {sample, open, create}) {
        button->setMinimumHeight(34);
        buttons->addWidget(button);
    }
    buttons->addStretch();
    column->addLayout(buttons);
    m_busy->setMinimumHeight(m_busy->fontMetrics().lineSpacing()); // nothing moves when it speaks
    column->addWidget(m_busy);
    column->addSpacing(8);

    auto* drop = new QWidget;
    drop->setObjectName(QStringLiteral("dropPlace"));
    drop->setAttribute(Qt::WA_StyledBackground);
    auto* dropLayout = new QVBoxLayout(drop);
    dropLayout->setContentsMargins(16, 28, 16, 28);
    auto* dropText = makeLabel(tr("Drop a folder here"), QStringLiteral("title"));
    dropText->setAlignment(Qt::AlignCenter);
    drop->setSizePolicy(QSizePolicy::Preferred, QSizePolicy::Minimum);
    auto* dropNote = makeLabel(
        tr("A new library is made from its videos. The videos themselves are never changed."), QStringLiteral("muted"));
    dropNote->setAlignment(Qt::AlignCenter);
    dropLayout->addWidget(dropText);
    dropLayout->addWidget(dropNote);
    column->addWidget(drop);
    column->addSpacing(16);
    column->addWidget(makeLabel(tr("Learn"), QStringLiteral("strong")));
    m_lessons->setSpacing(8);
    column->addLayout(m_lessons);
    column->addSpacing(16);
    m_recent->setSpacing(4);
    column->addLayout(m_recent);

    auto* inner = new QWidget;
    inner->setLayout(column);
    inner->setFixedWidth(620);
    // In a row of its own: a layout that aligns an item gives wrapped texts too little height.
    auto* row = new QHBoxLayout;
    row->addStretch();
    row->addWidget(inner);
    row->addStretch();
    auto* all = new QWidget;
    auto* middle = new QVBoxLayout(all);
    middle->addStretch(2);
    middle->addLayout(row);
    middle->addStretch(3);
    auto* scroll = new ColumnScroll(all); // a low window, many lessons
    scroll->setMinimumWidth(all->minimumSizeHint().width());
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->addWidget(scroll);

    connect(sample, &QPushButton::clicked, this, &WelcomePage::sampleAsked);
    connect(open, &QPushButton::clicked, this, &WelcomePage::openAsked);
    connect(create, &QPushButton::clicked, this, &WelcomePage::newAsked);
    setFocusProxy(sample);
    setBusy({});
}

void WelcomePage::setRecent(const std::vector<std::filesystem::path>& libraries)
{
    while (QLayoutItem* item = m_recent->takeAt(0)) {
        item->widget()->deleteLater();
        delete item;
    }
    if (libraries.empty())
        return;
    m_recent->addWidget(makeLabel(tr("Recent"), QStringLiteral("strong")));
    for (const std::filesystem::path& library : libraries) {
        auto* entry = new QPushButton;
        entry->setObjectName(QStringLiteral("entry"));
        const std::filesystem::path name = library.extension() == ".clipscope" ? library.stem() : library.filename();
        const QString path = displayPath(library);
        entry->setText(
            QStringLiteral("%1    %2").arg(displayPath(name), fontMetrics().elidedText(path, Qt::ElideMiddle, 420)));
        entry->setToolTip(path);
        entry->setAccessibleName(tr("Open %1").arg(path));
        connect(entry, &QPushButton::clicked, this, [this, library] { Q_EMIT libraryChosen(library); });
        m_recent->addWidget(entry);
    }
}

void WelcomePage::setLessons(const std::vector<LessonEntry>& lessons)
{
    constexpr int kColumns = 2;
    while (QLayoutItem* item = m_lessons->takeAt(0)) {
        item->widget()->deleteLater();
        delete item;
    }
    for (size_t i = 0; i < lessons.size(); ++i) {
        const LessonEntry& lesson = lessons[i];
        auto* entry = new QPushButton(lesson.finished ? QStringLiteral("\u2713 ") + lesson.title : lesson.title);
        entry->setObjectName(QStringLiteral("entry"));
        entry->setToolTip(lesson.summary);
        entry->setAccessibleName(
            lesson.finished ? tr("Lesson: %1, finished").arg(lesson.title) : tr("Lesson: %1").arg(lesson.title));
        connect(entry, &QPushButton::clicked, this, [this, id = lesson.id] { Q_EMIT lessonChosen(id); });
        m_lessons->addWidget(entry, int(i) / kColumns, int(i) % kColumns);
    }
}

void WelcomePage::setBusy(const QString& text)
{
    m_busy->setText(text);
}

} // namespace clipscope
