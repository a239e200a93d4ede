// SPDX-License-Identifier: GPL-3.0-or-later
#include "shell/settings_dialog.h"

#include "base/machine.h"
#include "models/display_text.h"
#include "shell/action_registry.h"
#include "shell/settings.h"

#include <QAction>
#include <QCheckBox>
#include <QComboBox>
#include <QFormLayout>
#include <QLabel>
#include <QPushButton>
#include <QSpinBox>
#include <QVBoxLayout>

namespace clipscope {

namespace {
QLabel* heading(const QString& text)
{
    auto* label = new QLabel(text);
    label->setObjectName(QStringLiteral("strong"));
    return label;
}

QLabel* note(const QString& text)
{
    auto* label = new QLabel(text);
    label->setObjectName(QStringLiteral("muted"));
    label->setWordWrap(true);
    return label;
}
} // namespace

SettingsDialog::SettingsDialog(Settings& settings, ActionRegistry& actions, QWidget* parent)
    : QDialog(parent)
    , m_settings(settings)
    , m_theme(new QComboBox)
    , m_threads(new QSpinBox)
    , m_lowPriority(new QCheckBox(tr("&Low priority")))
    , m_pauseOnBattery(new QCheckBox(tr("&Pause on battery")))
{
    setWindowTitle(tr("Settings"));
    for (const ThemeChoice choice : {ThemeChoice::System, ThemeChoice::Light, ThemeChoice::Dark}) {
        QString text = actions.action(QStringLiteral("theme.") + nameOf(choice))->text();
        m_theme->addItem(text.remove(QLatin1Char('&')), nameOf(choice));
    }
    m_theme->setCurrentIndex(m_theme->findData(nameOf(settings.theme)));
    m_theme->setAccessibleName(tr("Theme"));
    const int cores = machine().cores;
    m_threads->setRange(0, cores);
    m_threads->setSpecialValueText(tr("No limit (%1)").arg(counted(cores, tr("core"), tr("cores"))));
    m_threads->setValue(settings.workThreads);
    m_lowPriority->setChecked(settings.lowPriority);
    m_pauseOnBattery->setChecked(settings.pauseOnBattery);

    auto* appearance = new QFormLayout;
    appearance->addRow(tr("&Theme"), m_theme);
    auto* threads = new QFormLayout;
    threads->addRow(tr("Threads at &most"), m_threads);
    for (QFormLayout* form : {appearance, threads}) {
        form->setHorizontalSpacing(16);
        form->setFieldGrowthPolicy(QFormLayout::FieldsStayAtSizeHint);
        form->setLabelAlignment(Qt::AlignLeft | Qt::AlignVCenter);
    }
    auto* close = new QPushButton(tr("Close"));
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(16, 16, 16, 16);
    layout->setSpacing(8);
    layout->addWidget(heading(tr("Appearance")));
    layout->addLayout(appearance);
    layout->addSpacing(12);
    layout->addWidget(heading(tr("Importing, embedding and other work in the background")));
    layout->addLayout(threads);
    layout->addWidget(note(tr("Work that runs follows with its next file. Searching is never limited.")));
    layout->addSpacing(4);
    layout->addWidget(m_lowPriority);
    layout->addWidget(note(tr("Other programs come first. Holds for work that begins from now on.")));
    layout->addSpacing(4);
    layout->addWidget(m_pauseOnBattery);
    layout->addWidget(
        note(tr("Work stands still without mains and goes on by itself; in the list of jobs it can be resumed "
                "by hand.")));
    layout->addStretch();
    layout->addWidget(close, 0, Qt::AlignRight);
    resize(520, 400);

    connect(m_theme, &QComboBox::activated, this,
        [this, &actions] { actions.action(QStringLiteral("theme.") + m_theme->currentData().toString())->trigger(); });
    connect(m_threads, &QSpinBox::valueChanged, this, &SettingsDialog::take);
    connect(m_lowPriority, &QCheckBox::toggled, this, &SettingsDialog::take);
    connect(m_pauseOnBattery, &QCheckBox::toggled, this, &SettingsDialog::take);
    connect(close, &QPushButton::clicked, this, &QDialog::reject);
}

void SettingsDialog::take()
{
    m_settings.workThreads = m_threads->value();
    m_settings.lowPriority = m_lowPriority->isChecked();
    m_settings.pauseOnBattery = m_pauseOnBattery->isChecked();
    Q_EMIT workChanged();
}

} // namespace clipscope
