// SPDX-License-Identifier: GPL-3.0-or-later
#include "jobs/job_bar.h"

#include "jobs/jobs_model.h"
#include "models/display_text.h"
#include "shell/elided_label.h"

#include <QHBoxLayout>
#include <QProgressBar>
#include <QPushButton>
#include <QToolButton>

#include <algorithm>

namespace clipscope {

namespace {
constexpr int kTextWidth = 160;
}

JobBar::JobBar(JobManager& jobs, JobsModel& model, QWidget* parent)
    : QWidget(parent)
    , m_jobs(jobs)
    , m_model(model)
    , m_text(new QToolButton)
    , m_progress(new QProgressBar)
    , m_detail(new ElidedLabel(Qt::ElideRight))
    , m_cancel(new QPushButton(tr("Cancel")))
    , m_undo(new QToolButton)
    , m_hints(new ElidedLabel(Qt::ElideRight))
{
    setObjectName(QStringLiteral("jobBar"));
    setAttribute(Qt::WA_StyledBackground);
    setAccessibleName(tr("Job line"));
    m_text->setObjectName(QStringLiteral("flat"));
    m_progress->setTextVisible(false);
    m_progress->setFixedSize(140, 6);
    m_progress->setAccessibleName(tr("Progress"));
    m_cancel->setObjectName(QStringLiteral("small"));
    m_undo->setObjectName(QStringLiteral("flat"));
    m_undo->hide();
    m_detail->setObjectName(QStringLiteral("muted"));
    m_hints->setObjectName(QStringLiteral("muted"));
    auto* layout = new QHBoxLayout(this);
    layout->setContentsMargins(8, 3, 16, 3);
    layout->setSpacing(12);
    layout->addWidget(m_text);
    layout->addWidget(m_progress);
    layout->addWidget(m_detail);
    layout->addWidget(m_cancel);
    layout->addStretch();
    layout->addWidget(m_undo);
    layout->addWidget(m_hints);
    setFixedHeight(32);

    connect(&model, &QAbstractItemModel::dataChanged, this, &JobBar::refresh);
    connect(&model, &QAbstractItemModel::rowsInserted, this, &JobBar::refresh);
    connect(&model, &QAbstractItemModel::rowsRemoved, this, &JobBar::refresh);
    connect(m_text, &QToolButton::clicked, this, &JobBar::panelAsked);
    connect(m_undo, &QToolButton::clicked, this, &JobBar::undoAsked);
    connect(m_cancel, &QPushButton::clicked, this, [this] { m_jobs.cancel(m_shown); });
    refresh();
}

void JobBar::setHints(const QString& hints)
{
    m_hints->setWhole(hints);
}

void JobBar::setUndo(const QString& act)
{
    m_undo->setText(tr("Undo: %1").arg(act));
    m_undo->setVisible(!act.isEmpty());
}

void JobBar::resizeEvent(QResizeEvent* event)
{
    QWidget::resizeEvent(event);
    refresh();
}

void JobBar::showText(const QString& text)
{
    m_text->setText(m_text->fontMetrics().elidedText(text, Qt::ElideMiddle, std::max(kTextWidth, width() * 2 / 5)));
    m_text->setMinimumWidth(std::min(kTextWidth, m_text->sizeHint().width())); // cut to what there is
    m_text->setToolTip(text + QLatin1Char('\n') + tr("Show all jobs"));
    m_text->setAccessibleName(tr("Jobs: %1").arg(text));
}

void JobBar::refresh()
{
    const JobView* shown = nullptr;
    int waiting = 0;
    for (int row = 0; row < m_model.rowCount(); ++row) {
        const JobView* job = m_model.job(row);
        if (isFinal(job->state))
            continue;
        // The one that moves is worth more than one that waits behind it.
        if (!shown || (shown->state == JobState::Queued && job->state != JobState::Queued))
            shown = job;
        ++waiting;
    }
    m_shown = shown ? shown->id : 0;
    for (QWidget* part :
        {static_cast<QWidget*>(m_progress), static_cast<QWidget*>(m_detail), static_cast<QWidget*>(m_cancel)})
        part->setVisible(shown);
    if (!shown) {
        const JobView* last = m_model.job(0);
        showText(last ? last->title + QStringLiteral(" \u00b7 ") + jobStateText(*last) : tr("No jobs"));
        return;
    }
    QStringList title{shown->title};
    if (shown->state != JobState::Running || shown->stopping)
        title << jobStateText(*shown);
    if (const QString count = jobCountText(*shown); !count.isEmpty())
        title << count;
    showText(title.join(QStringLiteral(" \u00b7 ")));
    // A bar without an end moves: only work that moves has one.
    m_progress->setRange(0, shown->total > 0 || shown->state == JobState::Paused ? 1000 : 0);
    if (shown->total > 0)
        m_progress->setValue(int(1000.0 * double(shown->done) / double(shown->total)));
    QStringList detail;
    for (const QString& part : {jobRateText(*shown), jobLeftText(*shown)}) {
        if (!part.isEmpty())
            detail << part;
    }
    if (!shown->failedItems.empty())
        detail << tr("%1 failed").arg(shown->failedItems.size());
    if (waiting > 1)
        detail << counted(waiting - 1, tr("more job"), tr("more jobs"));
    m_detail->setWhole(detail.join(QStringLiteral(" \u00b7 ")));
    m_cancel->setEnabled(!shown->stopping);
}

} // namespace clipscope
