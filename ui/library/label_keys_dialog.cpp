// SPDX-License-Identifier: GPL-3.0-or-later
#include "library/label_keys_dialog.h"

#include "library/label_keys.h"

#include <QFormLayout>
#include <QLabel>
#include <QLineEdit>
#include <QPushButton>
#include <QVBoxLayout>

#include <algorithm>

namespace clipscope {

LabelKeysDialog::LabelKeysDialog(LabelKeys& keys, int key, QWidget* parent)
    : QDialog(parent)
    , m_keys(keys)
{
    setWindowTitle(tr("Labels of the keys 1 to 9"));
    auto* note = new QLabel(tr("In the library, a key gives its label to the chosen videos; 0 takes the label away. "
                               "The names are kept in the library."));
    note->setObjectName(QStringLiteral("muted"));
    note->setWordWrap(true);
    auto* form = new QFormLayout;
    form->setHorizontalSpacing(16);
    for (int i = 0; i < LabelKeys::kKeys; ++i) {
        auto* name = new QLineEdit(keys.names().value(i));
        name->setAccessibleName(tr("Label of key %1").arg(i + 1));
        name->setPlaceholderText(i == 0 ? tr("for instance: guitar") : QString());
        auto* number = new QLabel(QString::number(i + 1));
        number->setObjectName(QStringLiteral("key"));
        number->setBuddy(name);
        form->addRow(number, name);
        m_names << name;
    }
    auto* close = new QPushButton(tr("Close"));
    close->setDefault(true);
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(16, 16, 16, 16);
    layout->setSpacing(12);
    layout->addWidget(note);
    layout->addLayout(form);
    layout->addWidget(close, 0, Qt::AlignRight);
    connect(close, &QPushButton::clicked, this, &QDialog::accept);
    resize(420, sizeHint().height());
    QLineEdit* first = m_names[std::clamp(key, 1, LabelKeys::kKeys) - 1];
    first->setFocus();
    first->selectAll();
}

void LabelKeysDialog::done(int result)
{
    QStringList names;
    for (const QLineEdit* name : m_names)
        names << name->text().trimmed();
    m_keys.setNames(names);
    QDialog::done(result);
}

} // namespace clipscope
