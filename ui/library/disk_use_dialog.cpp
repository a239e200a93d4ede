// SPDX-License-Identifier: GPL-3.0-or-later
#include "library/disk_use_dialog.h"

#include "jobs/job_manager.h"
#include "models/disk_use_model.h"
#include "models/display_text.h"

#include <QComboBox>
#include <QHBoxLayout>
#include <QHeaderView>
#include <QLabel>
#include <QPushButton>
#include <QTableView>
#include <QVBoxLayout>

#include <utility>

namespace fs = std::filesystem;

namespace clipscope {

DiskUseDialog::DiskUseDialog(
    JobManager& jobs, std::shared_ptr<VideoLibrary> open, const std::vector<fs::path>& recent, QWidget* parent)
    : QDialog(parent)
    , m_jobs(jobs)
    , m_open(std::move(open))
    , m_model(new DiskUseModel(this))
    , m_libraries(new QComboBox)
    , m_total(new QLabel)
    , m_table(new QTableView)
    , m_freed(new QLabel)
    , m_clean(new QPushButton(tr("Clean up")))
{
    setWindowTitle(tr("Disk use"));
    m_libraries->setAccessibleName(tr("Library"));
    m_libraries->setSizeAdjustPolicy(QComboBox::AdjustToMinimumContentsLengthWithIcon);
    if (m_open)
        m_libraries->addItem(displayPath(m_open->folder()));
    for (const fs::path& library : recent) {
        if (!m_open || library != m_open->folder())
            m_libraries->addItem(displayPath(library));
    }
    m_total->setObjectName(QStringLiteral("title"));
    m_table->setModel(m_model);
    m_table->setAccessibleName(tr("What the library takes on the disk"));
    m_table->setSelectionBehavior(QAbstractItemView::SelectRows);
    m_table->setSelectionMode(QAbstractItemView::SingleSelection);
    m_table->setEditTriggers(QAbstractItemView::NoEditTriggers);
    m_table->setShowGrid(false);
    m_table->setTabKeyNavigation(false);
    m_table->verticalHeader()->hide();
    m_table->horizontalHeader()->setHighlightSections(false);
    m_table->horizontalHeader()->setSectionResizeMode(DiskUseModel::What, QHeaderView::Stretch);
    m_table->setColumnWidth(DiskUseModel::Files, 80);
    m_table->setColumnWidth(DiskUseModel::Size, 100);
    m_freed->setWordWrap(true);
    m_clean->setObjectName(QStringLiteral("primary"));
    auto* media = new QLabel(tr("Your videos are not counted and never touched."));
    media->setObjectName(QStringLiteral("muted"));
    auto* close = new QPushButton(tr("Close"));
    auto* buttons = new QHBoxLayout;
    buttons->addWidget(m_freed, 1);
    buttons->addWidget(m_clean);
    buttons->addWidget(close);
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(16, 16, 16, 16);
    layout->setSpacing(12);
    layout->addWidget(m_libraries);
    layout->addWidget(m_total);
    layout->addWidget(m_table, 1);
    layout->addWidget(media);
    layout->addLayout(buttons);
    resize(640, 460);

    connect(m_libraries, &QComboBox::currentIndexChanged, this, &DiskUseDialog::measure);
    connect(m_model, &QAbstractItemModel::dataChanged, this, &DiskUseDialog::showChoice);
    connect(m_model, &QAbstractItemModel::modelReset, this, &DiskUseDialog::showChoice);
    connect(m_clean, &QPushButton::clicked, this, &DiskUseDialog::clean);
    connect(close, &QPushButton::clicked, this, &QDialog::reject);
    m_table->setFocus();
    measure();
}

fs::path DiskUseDialog::folder() const
{
    return toPath(m_libraries->currentText());
}

/// The open library itself, so that both use one connection; null: the worker opens it.
std::shared_ptr<VideoLibrary> DiskUseDialog::openedFor(const fs::path& folder) const
{
    return m_open && m_open->folder() == folder ? m_open : nullptr;
}

void DiskUseDialog::measure()
{
    m_model->clear();
    if (m_libraries->count() == 0) {
        m_total->setText(tr("No library yet"));
        m_libraries->hide();
        return;
    }
    m_total->setText(tr("Measuring \u2026"));
    JobRequest request;
    request.title = tr("Measuring the library");
    request.topic = QStringLiteral("diskUse");
    request.quiet = true;
    m_jobs.start(
        request,
        [folder = folder(), open = openedFor(folder())](JobContext& context) {
            const std::shared_ptr<VideoLibrary> library = open ? open : VideoLibrary::open(folder);
            return measureDiskUse(*library, context);
        },
        this,
        [this](const DiskUse& use) {
            m_total->setText(tr("%1 on the disk").arg(bytesText(use.libraryBytes())));
            m_model->setUse(use);
            m_table->selectRow(0);
        },
        [this](const JobFailure& failure) { showFailure(failure); });
}

void DiskUseDialog::clean()
{
    const CleanChoice choice = m_model->choice();
    m_busy = true;
    showChoice();
    m_freed->setText(tr("Cleaning up \u2026"));
    JobRequest request;
    request.title = tr("Cleaning up %1").arg(fileName(folder()));
    request.unit = tr("files");
    m_jobs.start(
        request,
        [folder = folder(), open = openedFor(folder()), choice](JobContext& context) {
            const std::shared_ptr<VideoLibrary> library = open ? open : VideoLibrary::open(folder);
            return cleanLibrary(*library, choice, context);
        },
        this,
        [this](const CleanReport& report) {
            m_busy = false;
            measure();
            QString said = tr("%1 freed.").arg(bytesText(report.freed.bytes));
            if (!report.failed.empty())
                said += QLatin1Char(' ')
                    + tr("%1 could not be deleted: %2")
                          .arg(countedFiles(qint64(report.failed.size())),
                              QString::fromStdString(report.failed.front().reason));
            m_freed->setText(said);
        },
        [this](const JobFailure& failure) {
            m_busy = false;
            showFailure(failure);
        });
}

void DiskUseDialog::showChoice()
{
    const DiskAmount chosen = m_model->chosen();
    m_clean->setEnabled(!m_busy && chosen.files > 0);
    m_libraries->setEnabled(!m_busy);
    if (m_model->rowCount() == 0)
        m_freed->clear();
    else if (!m_model->hasChoice())
        m_freed->setText(tr("There is nothing to clean up."));
    else if (chosen.files == 0)
        m_freed->setText(tr("Tick what is to be deleted."));
    else
        m_freed->setText(tr("Frees %1 in %2.").arg(bytesText(chosen.bytes), countedFiles(chosen.files)));
}

void DiskUseDialog::showFailure(const JobFailure& failure)
{
    m_total->setText(tr("This library cannot be measured"));
    m_model->clear();
    m_freed->setText(failure.text());
}

} // namespace clipscope
