// SPDX-License-Identifier: GPL-3.0-or-later
#include "library/label_bar.h"

#include "library/label_keys.h"
#include "library/label_keys_dialog.h"
#include "models/display_text.h"
#include "shell/action_registry.h"
#include "shell/elided_label.h"

#include <QHBoxLayout>
#include <QKeySequence>
#include <QPushButton>

namespace clipscope {

LabelBar::LabelBar(LabelKeys& keys, std::function<std::vector<VideoId>()> chosen, QWidget* parent)
    : QWidget(parent)
    , m_keys(keys)
    , m_chosen(std::move(chosen))
    , m_text(new ElidedLabel(Qt::ElideRight))
{
    m_text->setObjectName(QStringLiteral("muted"));
    auto* edit = new QPushButton(tr("Labels of keys"));
    edit->setObjectName(QStringLiteral("small"));
    edit->setToolTip(tr("Which label each of the keys 1 to 9 gives to the chosen videos"));
    auto* layout = new QHBoxLayout(this);
    layout->setContentsMargins(0, 0, 12, 0);
    layout->addWidget(m_text, 1);
    layout->addWidget(edit);
    connect(edit, &QPushButton::clicked, this, [this] { this->edit(1); });
    connect(&keys, &LabelKeys::changed, this, &LabelBar::show);
    show();
}

void LabelBar::show()
{
    QStringList parts;
    for (int i = 0; i < LabelKeys::kKeys; ++i)
        if (const QString name = m_keys.names().value(i); !name.isEmpty())
            parts << QStringLiteral("%1 %2").arg(i + 1).arg(name);
    if (!parts.isEmpty())
        parts << tr("0 no label");
    m_text->setWhole(parts.isEmpty() ? tr("Keys 1 to 9 label the chosen videos")
                                     : tr("Keys: %1").arg(parts.join(QStringLiteral(" \u00b7 "))));
}

void LabelBar::addActions(ActionRegistry& actions, QWidget& grid)
{
    const QString group = tr("Labels");
    for (int key = 1; key <= LabelKeys::kKeys; ++key)
        actions.add(QStringLiteral("label.%1").arg(key), group, tr("Give label &%1").arg(key),
            {QKeySequence(Qt::Key(Qt::Key_0 + key))}, {&grid}, [this, key] { give(key); });
    actions.add(QStringLiteral("label.none"), group, tr("&Take the label away"), {QKeySequence(Qt::Key_0)}, {&grid},
        [this] { give(0); });
    actions.add(QStringLiteral("label.names"), group, tr("&Labels of keys"), {}, {}, [this] { edit(1); });
}

void LabelBar::give(int key)
{
    const std::vector<VideoId> ids = m_chosen();
    if (ids.empty())
        return;
    const QString name = key == 0 ? QString() : m_keys.names().value(key - 1);
    if (key != 0 && name.isEmpty()) {
        edit(key);
        return;
    }
    VideoMarks marks;
    for (const VideoId id : ids)
        marks.push_back({id, name.toStdString(), {}});
    const QString videos = countedVideos(qint64(ids.size()));
    Q_EMIT marksAsked(marks, key == 0 ? tr("unlabel %1").arg(videos) : tr("label %1 \u201c%2\u201d").arg(videos, name));
}

void LabelBar::edit(int key)
{
    auto* dialog = new LabelKeysDialog(m_keys, key, this);
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    dialog->open();
}

} // namespace clipscope
